"""What another system moved under a booking of ours: the appointment follows, and the person is told (PAN-10)."""

from __future__ import annotations

from typing import Any

from chassis import clock, outbox
from chassis.mongo import collection_of
from services.pan.actions import acces, agenda
from services.pan.rules import agenda as rules
from services.pan.store import Creneau
from services.pan.store.agenda import AILLEURS

BATCH = 50
MOVED = {"deplace": True}
RAISON = "La préfecture a changé l’heure de votre rendez-vous."


def follow_moved() -> int:
    """Brings the bookings of slots that were moved elsewhere to their new hour; returns how many slots."""
    slots = collection_of(Creneau)
    found = list(slots.find(MOVED).limit(BATCH))
    for slot in found:
        for taken in slot["prises"]:
            if not taken["rdv"].startswith(AILLEURS):
                _follow(taken["rdv"], slot)
        slots.update_one({"_id": slot["_id"], "debut_time": slot["debut_time"]}, {"$set": {"deplace": False}})
    return len(found)


@outbox.retry_conflicts
def _follow(rendez_vous_id: str, slot: dict[str, Any]) -> None:
    found = agenda.by_id(rendez_vous_id)
    same = (found.debut_time, found.duree_minutes) == (slot["debut_time"], slot["duree_minutes"])
    if found.state != rules.PRIS or found.creneau_id != slot["_id"] or same or found.debut_time <= clock.legal_now():
        return
    outbox.update(found, *agenda.stand_at(found, slot, acces.find_lieu(found.lieu_id), RAISON, by="systeme"))
