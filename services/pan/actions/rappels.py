"""People helped to file are not lost sight of: a message that reached one by no way is a call for the desk (PAN-13)."""

from __future__ import annotations

from typing import Any

from chassis import clock, outbox
from chassis.inbox import Meta
from chassis.mongo import collection_of, find
from chassis.web.who import Who
from sejour.notify.v1.events_pb2 import MessageNonRecu
from services.pan.actions import acces
from services.pan.rules import acces as rules
from services.pan.store import Depot


def message_non_recu(event: MessageNonRecu, meta: Meta) -> None:
    """Notes that a message about a demande filed here reached the person by no way."""
    if not event.demande_id:
        return
    found = find(Depot, demande_id=event.demande_id)
    if found is not None and found.accompagne:
        _remember(found.id, event.message_id, event.modele, request_id=meta.event_id)


@outbox.retry_conflicts
def _remember(depot_id: str, message_id: str, modele: str, *, request_id: str) -> None:
    depot: Depot = Depot.objects(id=depot_id).first()
    message_ids = {kept["message_id"] for kept in depot.rappels}
    if outbox.already(depot, request_id) or message_id in message_ids:
        return
    kept = {"message_id": message_id, "modele": modele, "jour": clock.today().isoformat()}
    depot.rappels.append(kept)
    depot.rappel_date = depot.rappel_date or clock.today()
    outbox.update(depot, request_id=request_id)


def to_call(lieu_id: str, who: Who) -> list[dict[str, Any]]:
    """The persons to call back at this place, the longest waiting first."""
    acces.access_lieu(lieu_id, who, rules.LIRE)
    criteria = {"lieu_id": lieu_id, "rappel_date": {"$gt": ""}}
    return list(collection_of(Depot).find(criteria, {"outbox": 0, "papiers": 0}).sort("rappel_date", 1).limit(100))


@outbox.retry_conflicts
def called(depot_id: str, who: Who, *, request_id: str) -> Depot:
    """The person was called: the line leaves the list and stays in the history of the dossier."""
    depot = find(Depot, id=depot_id)
    if depot is None:
        acces.access_depot(depot_id, who)
    assert depot is not None
    acces.require_act(who, rules.ACCUEILLIR, depot.prefecture)
    if outbox.already(depot, request_id) or depot.rappel_date is None:
        return depot
    depot.rappels = [{**kept, "rappele": kept.get("rappele", clock.today().isoformat())} for kept in depot.rappels]
    depot.rappel_date = None
    return outbox.update(depot, request_id=request_id)
