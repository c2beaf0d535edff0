"""A place that closed gives its bookings to another one, a few at a time, and each person is told (PAN-11)."""

from __future__ import annotations

from datetime import date

from chassis import clock, due, outbox
from chassis.mongo import collection_of
from droit.decision import Refused
from services.pan.actions import acces, agenda
from services.pan.rules import agenda as rules
from services.pan.store import Creneau, RendezVous

BATCH = 50
RAISON = "Le lieu de votre rendez-vous est fermé."


def transfer(lieu_id: str, due_day: date, today: date) -> None:
    """Carries the live bookings to the same hour or the next free one elsewhere; else cancels, and tells.

    Bookings leave the closed place as they are carried: what remains is the cursor, so a crash repeats nothing.
    """
    lieu = acces.find_lieu(lieu_id)
    criteria = {"lieu_id": lieu_id, "state": rules.PRIS, "debut_time": {"$gt": clock.legal_now()}}
    found = list(collection_of(RendezVous).find(criteria, {"_id": 1}).sort("debut_time", 1).limit(BATCH))
    for booking in found:
        _carry(booking["_id"], lieu.prefecture, lieu_id, lieu.repreneur_id)
    if len(found) < BATCH:
        _finish(lieu_id)


def _carry(rendez_vous_id: str, prefecture: str, lieu_id: str, repreneur_id: str) -> None:
    booked = agenda.by_id(rendez_vous_id)
    request_id = f"transfert:{rendez_vous_id}:{lieu_id}"
    slots = collection_of(Creneau)
    criteria = {
        "prefecture": prefecture,
        "objets": booked.objet,
        "debut_time": {"$gte": max(booked.debut_time, clock.legal_now())},
        "libres": {"$gt": 0},
        "lieu_id": {"$ne": lieu_id},
    }
    near = list(slots.find(criteria, {"lieu_id": 1}).sort("debut_time", 1).limit(20))
    for slot in sorted(near, key=lambda s: s["lieu_id"] != repreneur_id):
        try:
            agenda.move(
                rendez_vous_id, slot["_id"], by="systeme", request_id=request_id, vecteur=rules.ACCUEIL, raison=RAISON
            )
            return
        except Refused:
            continue
    agenda.cancel(rendez_vous_id, par="SERVICE", by="systeme", request_id=request_id)


@outbox.retry_conflicts
def _finish(lieu_id: str) -> None:
    lieu = acces.find_lieu(lieu_id)
    due.plan(lieu, transfert=None)
    outbox.update(lieu)
