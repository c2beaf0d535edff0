"""Every act of an agent on a demande, in the order in which the page shows them."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.web.who import Who
from services.deposit.acte.actions import Acte
from services.deposit.bureau.actions.examen import EXAMEN
from services.deposit.bureau.actions.repudiations import REPUDIATIONS
from services.deposit.bureau.actions.suivi import SUIVI
from services.deposit.dossier.store.demande import Demande
from services.deposit.engagement.actions.actes import ENGAGEMENTS
from services.deposit.instruction.actions import effets, enregistrements
from services.deposit.reprise.actions.actes import ANTERIEURS

DEMANDE: tuple[Acte, ...] = (*EXAMEN, *SUIVI, *REPUDIATIONS, *ENGAGEMENTS, *ANTERIEURS)

PAR_CODE: Mapping[str, Acte] = {acte.code: acte for acte in DEMANDE}


def offered_acts(demande: Demande, powers: frozenset[str]) -> list[Acte]:
    """The acts whose buttons work now, for these powers on this demande."""
    return [
        acte
        for acte in DEMANDE
        if acte.pouvoir in powers
        and (not acte.etats or demande.state in acte.etats)
        and (acte.possible is None or acte.possible(demande))
    ]


def update_queue(demande_id: str, who: Who, done: object = None) -> None:
    """The préfecture's view, and what the act changes for the person, follow the act at once; an act of an agent there
    registers the demande. `done`: the demande where a plan wrote it with its view.
    """
    written = done if isinstance(done, Demande) else None
    effets.follow(demande_id, written)
    if written is None:
        enregistrements.record(demande_id, who)
