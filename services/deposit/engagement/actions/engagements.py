"""What is owed to a person by a day, a promise or a case at the programme desk: its clock, its message, its queues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from chassis import due, lists, messages, mongo
from chassis.mongo import collection_of
from chassis.outbox import Fact
from chassis.web.who import Who
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager
from services.deposit.engagement.store.promesse import Promesse
from services.deposit.engagement.store.remontee import Remontee
from services.deposit.instruction.actions import file_attente
from services.deposit.instruction.actions.file_attente import prefectures_of

if TYPE_CHECKING:
    from chassis.inbox import Meta
    from sejour.deposit.v1 import events_pb2 as deposit_pb2

PAGE = 20
INDEX: dict[type[Promesse | Remontee], tuple[str, ...]] = {
    Promesse: ("prefecture", "state", "echeance_date", "_id"),
    Remontee: ("state", "prefecture", "echeance_date", "_id"),
}

Engagement = Promesse | Remontee
T = TypeVar("T", Promesse, Remontee)


def pass_day(engagement: Engagement, waiting: str, late: str) -> bool:
    """Its last day is past: it is late, and True, unless it no longer waited."""
    due.plan(engagement, echeance=None)
    if engagement.state != waiting:
        return False
    engagement.state = late
    return True


def on_transfer(event: deposit_pb2.DemandeTransferee, meta: Meta) -> None:
    """The préfecture that takes a dossier owes what was promised about it, and asked of the programme desk; its view
    follows first (DEP-43).
    """
    file_attente.on_change(event, meta)
    demande = mongo.find(Demande, id=event.demande_id)
    if demande is not None:
        about = {"usager_id": demande.usager_id, "demande_id": demande.id}
        for document in (Promesse, Remontee):
            collection_of(document).update_many(about, {"$set": {"prefecture": demande.prefecture}})


def tell(engagement: Engagement, modele: str, champs: dict[str, Any]) -> Fact:
    """The message about it to its person, for the write of the act."""
    return messages.fact(
        ALIAS,
        messages.Notice(
            destinataire_id=engagement.usager_id,
            parcours_id=engagement.parcours_id,
            modele=modele,
            champs=champs,
            demande_id=engagement.demande_id,
        ),
    )


@dataclass(frozen=True)
class File(Generic[T]):
    """One page of a queue, the counts of all its states, and where the next page begins; `noms` are by usager id."""

    lignes: list[T]
    noms: dict[str, str]
    comptes: dict[str, int]
    suite: str


def queue(document: type[T], who: Who, state: str, after: str, states: Iterable[str]) -> File[T]:
    """What an agent's préfectures owe in one state, the earliest day first; a count stops at a thousand."""
    scope, collection = prefectures_of(who), collection_of(document)
    found, suite = lists.page(collection, _owed(scope, state), "echeance_date", after, PAGE)
    rows = [mongo.loaded(document, row) for row in found]
    people = Usager.objects(id__in=[row.usager_id for row in rows]).only("nom", "prenoms")
    return File(
        lignes=rows,
        noms={u.id: f"{u.prenoms} {u.nom}".strip() for u in people},
        comptes={code: count(document, who, code) for code in states},
        suite=suite,
    )


def count(document: type[T], who: Who, state: str) -> int:
    """How much an agent's préfectures owe in one state, up to a thousand."""
    return lists.count(collection_of(document), _owed(prefectures_of(who), state), INDEX[document])


def _owed(scope: Sequence[str], state: str) -> dict[str, Any]:
    return {"prefecture": {"$in": list(scope)}, "state": state}
