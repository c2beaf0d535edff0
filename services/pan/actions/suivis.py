"""What another system moved under a booking of ours: the appointment follows, and the person is told (PAN-10)."""

from __future__ import annotations

from datetime import date
from typing import Any

from chassis import clock, due, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from sejour.pan.v1 import events_pb2
from services.pan.actions import acces, agenda, agendas, personnes
from services.pan.rules import agenda as rules
from services.pan.store import Creneau
from services.pan.store.agenda import AILLEURS

BATCH = 50
RAISON = "La préfecture a changé l’heure de votre rendez-vous."


def follow_moved() -> int:
    """Brings the bookings of slots that were moved elsewhere to their new hour; returns how many slots."""
    slots = collection_of(Creneau)
    found = list(slots.find({"deplace": True}).limit(BATCH))
    for slot in found:
        for taken in slot["prises"]:
            if not taken["rdv"].startswith(AILLEURS):
                _follow(taken["rdv"], slot)
        slots.update_one({"_id": slot["_id"], "debut_time": slot["debut_time"]}, {"$set": {"deplace": False}})
    return len(found)


@outbox.retry_conflicts
def _follow(rendez_vous_id: str, slot: dict[str, Any]) -> None:
    found = agenda.by_id(rendez_vous_id)
    new = (slot["debut_time"], slot["duree_minutes"])
    same = (found.debut_time, found.duree_minutes) == new
    if found.state != rules.PRIS or found.creneau_id != slot["_id"] or same or found.debut_time <= clock.legal_now():
        return
    lieu = acces.find_lieu(found.lieu_id)
    found.debut_time, found.duree_minutes = new
    found.debut_date = date.fromisoformat(slot["debut_date"])
    due.plan(found, passe=rules.day_over(found.debut_time, found.debut_date))
    found.annonce = agendas.owed(lieu)
    message = events_pb2.RendezVousDeplace(
        rendez_vous_id=found.id, lieu_id=lieu.id, debut_time=found.debut_time.isoformat(), fuseau=lieu.fuseau
    )
    champs = agenda.fields(found, lieu, raison=RAISON)
    told = personnes.tell((found.contact_id, found.parcours_id), "rendez_vous_deplace", champs)
    outbox.update(found, Fact("pan.rendez_vous.deplace", message, by="systeme"), *told)
