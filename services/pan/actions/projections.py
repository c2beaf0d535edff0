"""What other services' facts change here: the ways of a préfecture, tickets, two parcours that become one."""

from __future__ import annotations

from chassis import outbox
from chassis.inbox import Meta
from chassis.mongo import Aggregate
from personne import protegee
from sejour.deposit.v1.events_pb2 import CompteModifie, ParcoursRattache
from sejour.substitution.v1.events_pb2 import PrefectureModifiee
from services.pan.actions import lieux, referrals
from services.pan.cadre import cadre
from services.pan.store import Blocage, Depot, PersonneProtegee, RendezVous, Visite


def prefecture_modifiee(event: PrefectureModifiee, meta: Meta) -> None:
    """Keeps the new rules of a préfecture; its places follow on their day. Raises BadData: the fact is set aside."""
    cadre().catalogue.prefecture_from_json(event.regles_json)
    if referrals.remember_rules(event, meta):
        lieux.follow_rules()


def parcours_rattache(event: ParcoursRattache, meta: Meta) -> None:
    """Two parcours are one person's: what is kept under the old one joins the other (XCT-21)."""
    for document in (Visite, RendezVous, Blocage, Depot):
        for doc in document.objects(parcours_id=event.ancien_parcours_id).limit(100):
            _join(document, doc.id, event.parcours_id)


@outbox.retry_conflicts
def _join(document: type[Aggregate], doc_id: str, parcours_id: str) -> None:
    doc: Aggregate = document.objects(id=doc_id).first()
    try:
        doc.parcours_id = parcours_id
        outbox.update(doc)
    except outbox.Duplicate:
        # Both had a live appointment for the same motive: each keeps its own until one is used or cancelled.
        return


def compte_modifie(event: CompteModifie, meta: Meta) -> None:
    """Learns who is protected: what she gave is then hidden here too (DEP-08)."""
    protegee.project(PersonneProtegee, event, meta)
