"""What a demande costs: the tax of a démarche, the fee of a late demande, never asked of who was blocked (DEP-25)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

A_TEMPS = "Rien n’est dû : la demande a été faite à temps."
BLOQUEE = "Rien n’est dû : un blocage a retardé la demande, et ce retard ne se paie pas."
TARDIVE = "La demande a été faite après la fin du titre."


@dataclass(frozen=True)
class Retard:
    """What the fee of a late demande is judged on. `retenue` is the day of filing that counts; `couvert`: another
    document proved the right on that day; `bloquee`: a blocage is known, by any channel or by the préfecture.
    """

    retenue: date
    fin_titre: date | None
    couvert: bool
    bloquee: bool


def regularisation(retard: Retard) -> tuple[bool, str]:
    """Whether droits de régularisation are due, and why or why not."""
    if retard.bloquee:
        return False, BLOQUEE
    late = retard.fin_titre is not None and retard.retenue > retard.fin_titre and not retard.couvert
    return late, TARDIVE if late else A_TEMPS
