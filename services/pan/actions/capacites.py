"""What the agenda of a place offers, counted after each change of it, and the alert when it is too little (PAN-10)."""

from __future__ import annotations

from datetime import date
from typing import Any

from pymongo import ReturnDocument

from chassis import clock, outbox, wake
from chassis.mongo import collection_of, find, loaded
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Refused
from sejour.pan.v1 import events_pb2
from services.pan.actions import acces
from services.pan.cadre import cadre
from services.pan.rules import acces as acces_rules
from services.pan.rules import agenda as rules
from services.pan.store import Creneau, EtatAgenda, Lieu

CHANGED = {"a_compter": True}
BATCH, PAGE = 50, 100


def mark(*lieu_ids: str) -> None:
    """The agenda of these places changed: what they offer is counted again at once."""
    collection_of(Lieu).update_many({"_id": {"$in": lieu_ids}}, {"$set": {"a_compter": True}})
    wake.say(collection_of(Lieu).name)


def mark_and_read(lieu_id: str) -> Lieu:
    """The same of one place, which is then read. Raises Refused(LIEU_INCONNU)."""
    places = collection_of(Lieu)
    found = places.find_one_and_update({"_id": lieu_id}, {"$set": CHANGED}, return_document=ReturnDocument.AFTER)
    if found is None:
        raise Refused(acces.LIEU_INCONNU)
    wake.say(places.name)
    return loaded(Lieu, found)


def count_marked() -> int:
    """Counts the places whose agenda changed; returns how many."""
    marked = collection_of(Lieu).find(CHANGED, {"_id": 1}).limit(BATCH)
    return sum(_count_again(str(place["_id"])) for place in marked)


def _count_again(lieu_id: str) -> int:
    # Before it is read: what changes while it is counted is counted once more.
    collection_of(Lieu).update_one({"_id": lieu_id}, {"$set": {"a_compter": False}})
    count(lieu_id)
    return 1


def uncounted() -> int:
    """How many places changed since they were counted."""
    return collection_of(Lieu).count_documents(CHANGED, limit=PAGE)


@outbox.retry_conflicts
def count(lieu_id: str) -> Lieu:
    """Counts the free slots of a place, their days and the wait; tells when it becomes too little, whoever keeps it."""
    lieu, today = acces.find_lieu(lieu_id), clock.today()
    days = _free_days(lieu_id)
    first = date.fromisoformat(days[0]["_id"]) if days else None
    lieu.creneaux_libres, lieu.jours_libres = sum(day["n"] for day in days), len(days)
    lieu.attente_jours, lieu.compte_time = rules.days_to_first(first, today), clock.legal_now()
    # Of another system nothing is known before it answers once.
    known = lieu.agenda == "integre" or find(EtatAgenda, id=lieu_id) is not None
    short = known and lieu.ferme_date is None and rules.is_short(lieu.attente_jours, cadre().number("P-PAN", today))
    entries: list[Fact] = []
    if short and lieu.alerte_date is None:
        message = events_pb2.CapaciteInsuffisante(
            lieu_id=lieu_id, prefecture=lieu.prefecture, attente_jours=lieu.attente_jours
        )
        entries.append(Fact("pan.capacite.insuffisante", message))
    lieu.alerte_date = (lieu.alerte_date or today) if short else None
    return outbox.update(lieu, *entries)


def _free_days(lieu_id: str) -> list[dict[str, Any]]:
    """(day, free slots) of a place, the first day first; without those kept for who goes first."""
    free = {"lieu_id": lieu_id, "debut_time": {"$gt": clock.legal_now()}, "libres": {"$gt": 0}, "objets": {"$ne": []}}
    free["garde_jusque_date"] = {"$not": {"$gt": clock.today().isoformat()}}
    by_day = {"_id": "$debut_date", "n": {"$sum": 1}}
    return list(collection_of(Creneau).aggregate([{"$match": free}, {"$group": by_day}, {"$sort": {"_id": 1}}]))


def alerts(who: Who) -> list[dict[str, Any]]:
    """The places that offer too little, the longest first: of the agent's préfectures, of all for the ministry."""
    mine = {"$gt": ""} if "*" in who.prefectures else {"$in": sorted(who.prefectures)}
    acces.require_act(who, acces_rules.LIRE, min(who.prefectures, default=""))
    criteria = {"prefecture": mine, "alerte_date": {"$gt": ""}}
    return list(collection_of(Lieu).find(criteria, {"outbox": 0}).sort("alerte_date", 1).limit(PAGE))
