"""Slots made ahead from the hours of a place, and the fact that says when it offers too few."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import holidays
from pymongo.errors import BulkWriteError

from chassis import clock, due, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from sejour.pan.v1 import events_pb2
from services.pan.actions import acces
from services.pan.cadre import cadre
from services.pan.rules import agenda as rules
from services.pan.store import Creneau, Lieu

INTEGRE = "integre"
DUPLICATE_KEY = 11000
# Public holidays of their own: the three departments of the local law, and overseas.
_FERIES = {"57": "57", "67": "6AE", "68": "6AE"} | {code: code for code in ("971", "972", "973", "974", "976")}


@outbox.retry_conflicts
def generate(lieu_id: str, due_day: date, today: date) -> None:
    """Makes the slots up to the horizon, then tells when the place offers too little (PAN-10). Due every day."""
    lieu = acces.find_lieu(lieu_id)
    last = today + timedelta(days=rules.HORIZON_JOURS)
    first = max(today, lieu.agenda_jusque_date + timedelta(days=1)) if lieu.agenda_jusque_date else today
    if lieu.agenda == INTEGRE and lieu.ferme_date is None:
        days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        # Only the newest day opens in waves: what fills a gap is needed now.
        _insert([slot for jour in days for slot in _day(lieu, jour, staggered=first == last)])
    wait = rules.days_to_first(_first_free(lieu_id, today), today)
    entries = []
    limit = cadre().number("P-PAN", today)
    was_short = lieu.agenda_jusque_date is not None and rules.is_short(lieu.attente_jours, limit)
    if lieu.agenda == INTEGRE and rules.is_short(wait, limit) and not was_short and lieu.ferme_date is None:
        message = events_pb2.CapaciteInsuffisante(lieu_id=lieu_id, prefecture=lieu.prefecture, attente_jours=wait)
        entries.append(Fact("pan.capacite.insuffisante", message))
    lieu.agenda_jusque_date, lieu.attente_jours = last, wait
    due.plan(lieu, creneaux=None if lieu.ferme_date else today + timedelta(days=1))
    outbox.update(lieu, *entries)


def _day(lieu: Lieu, jour: date, *, staggered: bool) -> list[dict[str, Any]]:
    made = []
    place = {name: lieu[name] for name in ("horaires", "fermetures", "duree_minutes", "fuseau")}
    feries = holidays.country_holidays("FR", subdiv=_FERIES.get(lieu.prefecture), years=jour.year)
    today = clock.today()
    motives = [rules.OBJET_OF[mission] for mission in lieu.missions]
    # Where people may come without appointment, one desk is kept for them; victims have their own trained agents.
    desks = max(1, lieu.guichets - 1) if lieu.sans_rendez_vous else lieu.guichets
    kinds = [("", [m for m in motives if m != rules.VICTIME], desks)]
    kinds.append(("-v", [m for m in motives if m == rules.VICTIME], lieu.agents_formes_victimes))
    starts, kept_days = rules.slots_of_day(place, jour, frozenset(feries)), cadre().number("P-RDV-GARDE", today)
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


def _first_free(lieu_id: str, today: date) -> date | None:
    criteria = {"lieu_id": lieu_id, "debut_time": {"$gt": clock.legal_now()}, "libres": {"$gt": 0}}
    found = collection_of(Creneau).find_one(criteria, {"debut_date": 1}, sort=[("debut_time", 1)])
    return date.fromisoformat(found["debut_date"]) if found else None
