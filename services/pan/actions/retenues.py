"""The desk of a préfecture holds a slot that its own system exports, before it gives it: one winner on both sides.

Known by the identifier that their system gives the hold: a repeat keeps it, and no other call touches it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chassis import clock
from chassis.mongo import collection_of
from droit.decision import Genre, Motif, Refused
from services.pan import inputs
from services.pan.actions import capacites
from services.pan.rules import agenda as rules
from services.pan.store import Creneau, Lieu
from services.pan.store.agenda import AILLEURS, confirm, hold, release

OUTSIDE = {"$in": ["csv", "ics"]}
RETENUE_INCONNUE = Motif(
    "RETENUE_INCONNUE",
    "regle-du-service",
    "Cette retenue n’existe pas, ou elle est finie.",
    "Retenez le créneau de nouveau, s’il est encore libre.",
    Genre.INTROUVABLE,
)


def keep(prefecture: str, cle: str, asked: inputs.Retenue) -> datetime:
    """Holds one place of a slot for so long; gives until when. Raises CRENEAU_INCONNU, CRENEAU_PRIS."""
    wanted = {"externe": asked.creneau, "debut_time": {"$gt": clock.legal_now()}}
    slot_id, lieu_id = _slot(prefecture, wanted, rules.CRENEAU_INCONNU)
    until = clock.now() + timedelta(seconds=asked.secondes)
    if hold(slot_id, _name(prefecture, cle), until, {"debut_time": {"$gt": clock.legal_now()}}) is None:
        raise Refused(rules.CRENEAU_PRIS)
    capacites.mark(lieu_id)
    return until


def take(prefecture: str, cle: str) -> None:
    """They gave the slot that they hold to somebody: it is offered to nobody here. Raises RETENUE_INCONNUE."""
    slot_id, _lieu_id = _held(prefecture, cle)
    confirm(slot_id, _name(prefecture, cle))


def leave(prefecture: str, cle: str) -> None:
    """They give the slot back, held or taken; harmless when it is gone."""
    try:
        slot_id, lieu_id = _held(prefecture, cle)
    except Refused:
        return
    release(slot_id, _name(prefecture, cle))
    capacites.mark(lieu_id)


def _name(prefecture: str, cle: str) -> str:
    return f"{AILLEURS}{prefecture}:{cle}"


def _held(prefecture: str, cle: str) -> tuple[str, str]:
    return _slot(prefecture, {"prises.rdv": _name(prefecture, cle)}, RETENUE_INCONNUE)


def _slot(prefecture: str, wanted: Mapping[str, Any], lacking: Motif) -> tuple[str, str]:
    """(slot, place) of what they export of their places. Raises Refused(`lacking`)."""
    places = collection_of(Lieu).find({"prefecture": prefecture, "agenda": OUTSIDE}, {"_id": 1}).limit(100)
    criteria = {"lieu_id": {"$in": [place["_id"] for place in places]}, **wanted}
    found = collection_of(Creneau).find_one(criteria, {"lieu_id": 1})
    if found is None:
        raise Refused(lacking)
    return str(found["_id"]), str(found["lieu_id"])
