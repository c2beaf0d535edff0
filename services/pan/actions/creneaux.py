"""Slots made ahead from the hours of a place, and the fact that says when it offers too few."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import holidays
from pymongo.errors import BulkWriteError

from chassis import clock, due, outbox, wake
from chassis.mongo import collection_of
from services.pan.actions import acces, capacites
from services.pan.cadre import cadre
from services.pan.rules import agenda as rules
from services.pan.store import Creneau, Lieu
from services.pan.store.agenda import FREE

INTEGRE = "integre"
DUPLICATE_KEY = 11000
# Public holidays of their own: the three departments of the local law, and overseas.
_FERIES = {"57": "57", "67": "6AE", "68": "6AE"} | {code: code for code in ("971", "972", "973", "974", "976")}


@outbox.retry_conflicts
def generate(lieu_id: str, due_day: date, today: date) -> None:
    """Makes the slots up to the horizon. Due every day."""
    lieu = acces.find_lieu(lieu_id)
    last = today + timedelta(days=rules.HORIZON_JOURS)
    first = max(today, lieu.agenda_jusque_date + timedelta(days=1)) if lieu.agenda_jusque_date else today
    # Only the newest day opens in waves: what fills a gap is needed now.
    _insert([slot for jour in _days(first, last) for slot in _day(lieu, jour, staggered=first == last)])
    lieu.agenda_jusque_date, lieu.a_compter = last, True
    due.plan(lieu, creneaux=None if lieu.ferme_date else today + timedelta(days=1))
    outbox.update(lieu)
    # A write without a fact calls nobody: what the place offers now is to be counted.
    wake.say(collection_of(Lieu).name)


def follow(lieu_id: str) -> None:
    """Brings the slots to come to what the place has become: closed, open again, closed for some days, other hours.

    A slot that no longer is one goes when it is free; when somebody has it, it receives for no motive until her
    booking is carried elsewhere, so that nobody books what she leaves.
    """
    lieu, slots = acces.find_lieu(lieu_id), collection_of(Creneau)
    coming: dict[str, Any] = {"lieu_id": lieu_id, "debut_time": {"$gt": clock.legal_now()}}
    if lieu.agenda == INTEGRE:
        today = clock.today()
        wanted = [slot for jour in _days(today, lieu.agenda_jusque_date or today) for slot in _day(lieu, jour)]
        gone = coming | {"_id": {"$nin": [slot["_id"] for slot in wanted]}}
    else:
        wanted, gone = [], coming | {"$or": _closed_days(lieu)}
    slots.delete_many(gone | {"prises": []})
    slots.update_many(gone, {"$set": {"objets": []}})
    _insert(wanted)
    for objets, places in {(tuple(slot["objets"]), slot["places"]) for slot in wanted}:
        same = [slot["_id"] for slot in wanted if tuple(slot["objets"]) == objets]
        kept = {"objets": {"$literal": list(objets)}, "places": places}
        slots.update_many({"_id": {"$in": same}}, [{"$set": kept}, FREE])
    collection_of(Lieu).update_one({"_id": lieu_id, "version": lieu.version}, {"$set": {"a_suivre": False}})
    capacites.mark(lieu_id)


def _closed_days(lieu: Lieu) -> list[dict[str, Any]]:
    """The days on which a place is closed, as criteria of what has `debut_date`; never an empty list."""
    if lieu.ferme_date is not None:
        return [{}]
    return [{"debut_date": {"$gte": f["du"], "$lte": f["au"]}} for f in lieu.fermetures] or [{"debut_date": ""}]


def left_behind(lieu: Lieu) -> dict[str, Any]:
    """The bookings to come of a place on days when it is closed, as criteria."""
    return {
        "lieu_id": lieu.id,
        "state": rules.PRIS,
        "debut_time": {"$gt": clock.legal_now()},
        "$or": _closed_days(lieu),
    }


@cache
def _feries(prefecture: str, year: int) -> frozenset[date]:
    """The public holidays of a year there."""
    return frozenset(holidays.country_holidays("FR", subdiv=_FERIES.get(prefecture), years=year))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def _day(lieu: Lieu, jour: date, *, staggered: bool = False) -> list[dict[str, Any]]:
    """The slots of a day in a place whose agenda is ours; none once it closed."""
    if lieu.agenda != INTEGRE or lieu.ferme_date is not None:
        return []
    made = []
    place = {name: lieu[name] for name in ("horaires", "fermetures", "duree_minutes", "fuseau")}
    today = clock.today()
    motives = [rules.OBJET_OF[mission] for mission in lieu.missions]
    # Where people may come without appointment, one desk is kept for them; victims have their own trained agents.
    desks = max(1, lieu.guichets - 1) if lieu.sans_rendez_vous else lieu.guichets
    kinds = [("", [m for m in motives if m != rules.VICTIME], desks)]
    kinds.append(("-v", [m for m in motives if m == rules.VICTIME], lieu.agents_formes_victimes))
    starts = rules.slots_of_day(place, jour, _feries(lieu.prefecture, jour.year))
    kept_days = cadre().number("P-RDV-GARDE", today)
    for rank, start in enumerate(starts):
        for suffix, objets, places in kinds:
            if not objets or places < 1:
                continue
            slot = {
                "_id": f"{lieu.id}_{start:%Y%m%dT%H%M}{suffix}",
                "lieu_id": lieu.id,
                "prefecture": lieu.prefecture,
                "objets": objets,
                "debut_time": start,
                "debut_date": jour.isoformat(),
                "duree_minutes": lieu.duree_minutes,
                "places": places,
                "libres": places,
                "visible_time": rules.visible_from(today, rank, lieu.fuseau) if staggered else clock.now(),
                "prises": [],
                "garde_jusque_date": rules.kept_until(jour, today, kept_days, objets, last=start == starts[-1]),
            }
            made.append(slot)
    return made


def _insert(slots: list[dict[str, Any]]) -> None:
    """Stores new slots; those that an interrupted run left are kept as they are."""
    if not slots:
        return
    try:
        collection_of(Creneau).insert_many(slots, ordered=False)
    except BulkWriteError as error:
        if any(fault["code"] != DUPLICATE_KEY for fault in error.details["writeErrors"]):
            raise
