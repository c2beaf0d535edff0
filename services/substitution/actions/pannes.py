"""An outage of the téléservice: declared, or found by probing; dates are protected, routes open to all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import requests

from chassis import clock, logs, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from sejour.substitution.v1 import events_pb2
from services.substitution.actions.acces import require_act
from services.substitution.rules import acces
from services.substitution.store import Panne

EVERYWHERE = "*"
TIMEOUT_SECONDS = 3.0

PANNE_INCONNUE = Motif(
    "PANNE_INCONNUE",
    "regle-du-service",
    "Aucune panne ne porte cet identifiant.",
    "Regardez la liste des pannes.",
    Genre.INTROUVABLE,
)


def declare(prefectures: Sequence[str], who: Who, *, request_id: str) -> Panne:
    """An operator says that the téléservice is down, for all or for some préfectures; the same extent once."""
    require_act(who, acces.PANNE)
    return _open(sorted(set(prefectures)), detectee=False, by=who.subject, request_id=request_id)


def end(panne_id: str, who: Who, *, request_id: str) -> Panne:
    """An operator says that it is over; the clocks start again from here."""
    require_act(who, acces.PANNE)
    return _close(panne_id, by=who.subject, request_id=request_id)


def concerns(prefecture: str) -> Panne | None:
    """The open outage that concerns a préfecture, or everybody."""
    for panne in Panne.objects(ouverte__gt="").order_by("ouverte").limit(20):
        if not panne.prefectures or prefecture in panne.prefectures:
            return panne  # type: ignore[no-any-return]
    return None


def recent() -> list[dict[str, Any]]:
    """The last fifty outages, most recent first."""
    keys = {"debut_date": 1, "debut_time": 1, "fin_date": 1, "fin_time": 1, "prefectures": 1, "detectee": 1}
    return list(collection_of(Panne).find({}, keys).sort("debut_date", -1).limit(50))


def probe(addresses: Sequence[str], failures: int) -> bool:
    """Looks once at the téléservice; the `failures`-th silence in a row declares the outage, an answer ends it.

    The count is shared by every replica of the worker. Returns whether something was declared or ended.
    """
    if all(_answers(address) for address in addresses):
        _count(reset=True)
        found = Panne.objects(ouverte=EVERYWHERE, detectee=True).first()
        if found is None:
            return False
        _close(found.id, by="systeme", request_id=f"{found.id}:fin")
        return True
    if _count(reset=False) < failures or Panne.objects(ouverte=EVERYWHERE).first() is not None:
        return False
    _open([], detectee=True, by="systeme", request_id=clock.new_id())
    return True


def _answers(address: str) -> bool:
    """Whether it answers in time, and not with a fault of its own."""
    try:
        answer = requests.get(address, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except requests.RequestException:
        return False
    return answer.status_code < 500


def _count(*, reset: bool) -> int:
    counts = mongo.database("substitution")["sondes"]
    change: dict[str, Any] = {"$set": {"echecs": 0}} if reset else {"$inc": {"echecs": 1}}
    after: Any = counts.find_one_and_update({"_id": "deposit"}, change, upsert=True, return_document=True)
    return int(after["echecs"])


def _open(prefectures: list[str], *, detectee: bool, by: str, request_id: str) -> Panne:
    day, extent = clock.today(), ",".join(prefectures) or EVERYWHERE
    identifier = outbox.id_for(request_id, "panne")
    panne = Panne(
        id=identifier,
        parcours_id=f"panne:{identifier}",
        ouverte=extent,
        debut_date=day,
        debut_time=clock.legal_now(),
        prefectures=prefectures,
        detectee=detectee,
        par=by,
    )
    declared = events_pb2.PanneDeclaree(
        panne_id=identifier, debut_date=day.isoformat(), prefectures=prefectures, detectee=detectee
    )
    try:
        stored = outbox.insert(panne, Fact("substitution.panne.declaree", declared, by=by), request_id=request_id)
    except outbox.Duplicate:
        known: Panne | None = Panne.objects(ouverte=extent).first()
        if known is None:
            raise
        return known
    logs.get().warning("substitution.panne.declared", detected=detectee, prefectures=len(prefectures))
    return stored


@outbox.retry_conflicts
def _close(panne_id: str, *, by: str, request_id: str) -> Panne:
    panne: Panne | None = Panne.objects(id=panne_id).first()
    if panne is None:
        raise Refused(PANNE_INCONNUE)
    if not panne.ouverte or outbox.already(panne, request_id):
        return panne
    day = clock.today()
    ended = events_pb2.PanneTerminee(panne_id=panne.id, fin_date=day.isoformat())
    return outbox.update(
        panne,
        Fact("substitution.panne.terminee", ended, by=by),
        request_id=request_id,
        set__ouverte="",
        set__fin_date=day,
        set__fin_time=clock.legal_now(),
    )
