"""A refusal made by error is withdrawn by the préfecture: nothing of it remains but its trace (DEP-40, DEP-48)."""

from __future__ import annotations

from chassis.outbox import Fact
from documents.nature import Nature
from droit.decision import Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.acte.actions import Order
from services.deposit.dossier.actions.notices import Annonce
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import preuves, settle
from services.deposit.droits.actions.settle import Change
from services.deposit.instruction.actions.instruction import MOTIF_MANQUANT

PAS_REFUSEE = Motif(
    "DEMANDE_PAS_REFUSEE",
    "regle-du-service",
    "Seule une décision de refus se retire.",
    "Une demande fermée sans décision se rouvre par « Rouvrir ».",
)


def withdraw_refusal(demande: Demande, order: Order, motif: str) -> Change:
    """The demande is examined again as if it had never been refused: first date, pieces, and its documents without a
    missing day. The person reads why, and has again with the message what proves her right.
    """
    if demande.state != etats.DEFAVORABLE:
        raise Refused(PAS_REFUSEE)
    if not motif.strip():
        raise Refused(MOTIF_MANQUANT, champ="motif")
    today = order.today
    before = {"decision": dict(demande.decision), "date": demande.decision_date.isoformat(), "motif": motif.strip()}
    settle.become(demande, etats.without_request(demande.completude_date), today)
    demande.decision, demande.decision_date = {}, None
    settle.withdraw(demande, Nature.DECISION)
    # Days lived without document meanwhile are put down to who refused by error, and a first attempt told since counts.
    demande.cloture = {"rouverte": today.isoformat()}
    settle.protect(demande)
    reopened = events_pb2.DemandeRouverte(demande_id=demande.id, reouverture_date=today.isoformat())
    fact = Fact("deposit.demande.rouverte", reopened, by=order.who.subject, private={"refus_retire": before})
    proofs = [a for a in demande.documents if preuves.of_document(demande, a, today)]
    champs = {
        "motif": motif.strip(),
        "date_retenue": demande.retenue_date.isoformat(),
        "rendus": [preuves.in_words(demande, a, today)[1] for a in proofs],
    }
    return Change((fact,), Annonce("refus_retire", champs, tuple(a.attachment for a in proofs)))
