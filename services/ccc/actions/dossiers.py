"""What an agent reads of the person of a ticket, once her identity is checked: what it needs (CCC-16, CCC-18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Refused
from personne import lecture
from personne.reference import read_reference
from sejour.deposit.v1 import deposit_pb2
from services.ccc.actions import acces, saisines
from services.ccc.cadre import cadre
from services.ccc.rules import acces as acces_rules
from services.ccc.store import Saisine

SITUATION = "sejour.deposit.v1.DepositService/GetSituation"


@dataclass(frozen=True)
class Situation:
    """The person, the demande that her ticket is about, its papers. `siennes`: those that an act may choose from."""

    usager: deposit_pb2.Usager
    demandes: Sequence[deposit_pb2.DemandeSituation]
    siennes: Sequence[deposit_pb2.DemandeSituation]
    documents: Sequence[deposit_pb2.DocumentSituation]
    preuves: Sequence[deposit_pb2.Preuve]
    pas: Sequence[deposit_pb2.Pas]


def situation(saisine_id: str, who: Who) -> Situation | None:
    """What the person reads in her space, word for word (CASE-45); None when it could not be checked.

    Only once her identity is checked. deposit writes each reading down, where she reads it.
    """
    saisine = acces.access_dossier(saisine_id, who, acces_rules.LIRE)
    if not saisine.usager_id:
        return None
    try:
        return _needed(saisine, ask(saisine.usager_id, who))
    except Refused as refused:
        lecture.note_later(Saisine, saisine.id, saisine.usager_id, who, refused)
        return None


def ask(usager_id: str, who: Who) -> deposit_pb2.GetSituationResponse:
    """Everything that deposit says of a person, to this agent. Raises Refused."""
    answer: deposit_pb2.GetSituationResponse = cadre().client.call(
        "deposit",
        SITUATION,
        deposit_pb2.GetSituationRequest(usager_id=usager_id),
        deposit_pb2.GetSituationResponse,
        on_behalf=cadre().client.on_behalf_of("deposit", who.subject),
    )
    return answer


@outbox.retry_conflicts
def bind(saisine_id: str, reference: str, who: Who, *, request_id: str) -> Saisine:
    """Says which of her demandes the ticket is about: its clock stops, and it alone is shown. Raises Refused."""
    saisine = acces.access_dossier(saisine_id, who, acces_rules.APPELER)
    if outbox.already(saisine, request_id):
        return saisine
    named = read_reference(reference, "D")
    hers = ask(saisine.usager_id, who).demandes
    if all(demande.reference != named for demande in hers):
        raise Refused(acces_rules.DEMANDE_D_UNE_AUTRE, champ="demande")
    saisine.demande_reference = named
    fact = Fact("ccc.saisine.ouverte", saisines.opened(saisine), by=who.subject)
    return outbox.update(saisine, fact, request_id=request_id)


def _needed(saisine: Saisine, found: deposit_pb2.GetSituationResponse) -> Situation:
    hers = list(found.demandes)
    about = [d for d in hers if saisine.demande_reference == d.reference or saisine.demande_id == d.demande_id]
    # Of one alone there is nothing to choose.
    about = about or (hers if len(hers) == 1 else [])
    shown, others = {d.demande_id for d in about}, {d.reference for d in hers} - {d.reference for d in about}
    return Situation(
        usager=found.usager,
        demandes=about,
        siennes=hers,
        documents=[document for document in found.documents if document.demande_id in shown],
        preuves=found.preuves,
        pas=[step for step in found.pas if step.reference not in others],
    )
