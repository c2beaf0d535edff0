"""A place closes, for good or for some days: its bookings go elsewhere, a few at a time, and each person is told."""

from __future__ import annotations

from datetime import date, timedelta

from chassis import clock, due, outbox
from chassis.mongo import collection_of
from chassis.web.who import Who
from droit.decision import Refused
from services.pan.actions import acces, agenda, creneaux, lieux
from services.pan.rules import agenda as rules
from services.pan.rules.acces import FERMER
from services.pan.store import Creneau, Lieu, RendezVous

BATCH, NEAR = 50, 20
RAISON = "Le lieu de votre rendez-vous est fermé."


@outbox.retry_conflicts
def close(lieu_id: str, motif: str, who: Who, *, request_id: str) -> Lieu:
    """Closes a place: nothing is offered there, its bookings go to another one, and the persons are told (PAN-11)."""
    lieu = acces.access_lieu(lieu_id, who, FERMER)
    if outbox.already(lieu, request_id) or lieu.ferme_date is not None:
        return lieu
    others = collection_of(Lieu).find({"prefecture": lieu.prefecture, "genre": lieu.genre}, {"outbox": 0})
    open_ones = [o for o in others if o["_id"] != lieu_id and not o.get("ferme_date")]
    chosen = rules.replacement(collection_of(Lieu).find_one({"_id": lieu_id}) or {}, open_ones)
    today = clock.today()
    lieu.ferme_date = today
    lieu.ferme_motif = motif
    lieu.repreneur_id = str(chosen["_id"]) if chosen else ""
    lieu.a_suivre = True
    due.plan(lieu, creneaux=None, transfert=today)
    closed = outbox.update(lieu, *lieux.changed(lieu, lieux.FERME, who.subject), request_id=request_id)
    creneaux.follow(lieu_id)
    return closed


@outbox.retry_conflicts
def reopen(lieu_id: str, who: Who, *, request_id: str) -> Lieu:
    """A place that closed receives again: the directory says so, and its slots are there at once (PAN-11)."""
    lieu = acces.access_lieu(lieu_id, who, FERMER)
    if outbox.already(lieu, request_id) or lieu.ferme_date is None:
        return lieu
    lieu.ferme_date, lieu.ferme_motif, lieu.repreneur_id = None, "", ""
    due.plan(lieu, creneaux=clock.today(), transfert=None)
    opened = outbox.update(lieu, *lieux.changed(lieu, lieux.ROUVERT, who.subject), request_id=request_id)
    creneaux.follow(lieu_id)
    return opened


def transfer(lieu_id: str, due_day: date, today: date) -> None:
    """Carries the live bookings of closed days to the next free hour elsewhere, else to the last one before that is
    not within a day; else cancels, and tells.

    Bookings leave the closed days as they are carried: what remains is the cursor, so a crash repeats nothing.
    """
    lieu = acces.find_lieu(lieu_id)
    if lieu.a_suivre:
        # What a process that died between closing and this left offered.
        creneaux.follow(lieu_id)
    left = creneaux.left_behind(lieu)
    found = list(collection_of(RendezVous).find(left, {"_id": 1}).sort("debut_time", 1).limit(BATCH))
    for booking in found:
        _carry(booking["_id"], lieu.prefecture, lieu.repreneur_id)
    if len(found) < BATCH:
        _finish(lieu_id)


def _carry(rendez_vous_id: str, prefecture: str, repreneur_id: str) -> None:
    booked = agenda.by_id(rendez_vous_id)
    request_id = f"transfert:{rendez_vous_id}:{booked.creneau_id}"
    slots, now = collection_of(Creneau), clock.legal_now()
    free = {"prefecture": prefecture, "objets": booked.objet, "libres": {"$gt": 0}}
    after = free | {"debut_time": {"$gte": max(booked.debut_time, now)}}
    before = free | {"debut_time": {"$gt": now + timedelta(days=1), "$lt": booked.debut_time}}
    later = list(slots.find(after, {"lieu_id": 1}).sort("debut_time", 1).limit(NEAR))
    sooner = [] if later else list(slots.find(before, {"lieu_id": 1}).sort("debut_time", -1).limit(NEAR))
    for slot in sorted(later or sooner, key=lambda s: s["lieu_id"] != repreneur_id):
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
