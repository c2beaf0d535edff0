"""What ends a document before its own last day, and which day the card or visa held proves: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from droit.catalogue import Stade
from services.deposit.dossier.rules import etats

# A demande that was never filed, was given up or is not hers says nothing of what she holds.
_NE_DIT_RIEN = (etats.BROUILLON, etats.ANNULEE, etats.REPUDIEE)


@dataclass(frozen=True)
class Tenue:
    """A card or a visa held, as somebody told it: from its first day (None: not told) to its last."""

    debut: date | None
    fin: date
    # False: the record says that it still waits at the préfecture.
    remis: bool | None = None


def end_day(state: str, decision: date | None, remise: date | None) -> date | None:
    """The day from which the documents of a demande prove nothing more: refused, or the title handed over.

    Closing or cancelling a demande shortens no document (DEP-41).
    """
    if state == etats.REMISE:
        return remise
    return decision if state == etats.DEFAVORABLE else None


def holds(titre: Tenue, day: date) -> bool:
    """Whether a card or visa is in hand and proves the right on `day`; one that waits at the préfecture is not."""
    return titre.remis is not False and (titre.debut is None or titre.debut <= day) and day <= titre.fin


def proves_what_she_holds(state: str, stade: Stade) -> bool:
    """Whether the last day written on a demande is that of a card or visa held: a régularisation follows none."""
    return state not in _NE_DIT_RIEN and stade is not Stade.REGULARISATION


def prolongs(regime: str, fin: date | None, fin_titre: date | None, day: date) -> bool:
    """Whether an attestation de dépôt proves the right on `day`, with the expired card that it prolongs (L. 433-3)."""
    return regime == "AD" and fin is not None and fin_titre is not None and fin_titre < day <= fin
