"""The desk of a préfecture holds a slot that its own system exports, before it gives it: one winner on both sides.

Known by the identifier that their system gives the hold: a repeat keeps it, and no other call touches it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

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
    slot = _slot(prefecture, asked.creneau)
    until = clock.now() + timedelta(seconds=asked.secondes)
    if hold(slot, _name(prefecture, cle), until, {"debut_time": {"$gt": clock.legal_now()}}) is None:
        raise Refused(rules.CRENEAU_PRIS)
    capacites.mark(_lieu(slot))
    return until


def take(prefecture: str, cle: str) -> None:
    """They gave the slot that they hold to somebody: it is offered to nobody here. Raises RETENUE_INCONNUE."""
    confirm(_held(prefecture, cle), _name(prefecture, cle))


def leave(prefecture: str, cle: str) -> None:
    """They give the slot back, held or taken; harmless when it is gone."""
    try:
        slot = _held(prefecture, cle)
    except Refused:
        return
    release(slot, _name(prefecture, cle))
    capacites.mark(_lieu(slot))


def _name(prefecture: str, cle: str) -> str:
    return f"{AILLEURS}{prefecture}:{cle}"


def _slot(prefecture: str, externe: str) -> str:
    """Our slot of this key of theirs. Raises Refused(CRENEAU_INCONNU)."""
    places = [lieu["_id"] for lieu in _places(prefecture)]
    wanted = {"lieu_id": {"$in": places}, "externe": externe, "debut_time": {"$gt": clock.legal_now()}}
    found = collection_of(Creneau).find_one(wanted, {"_id": 1})
    if found is None:
        raise Refused(rules.CRENEAU_INCONNU)
    return str(found["_id"])


def _held(prefecture: str, cle: str) -> str:
    places = [lieu["_id"] for lieu in _places(prefecture)]
    wanted = {"lieu_id": {"$in": places}, "prises.rdv": _name(prefecture, cle)}
    found = collection_of(Creneau).find_one(wanted, {"_id": 1})
    if found is None:
        raise Refused(RETENUE_INCONNUE)
    return str(found["_id"])


def _places(prefecture: str) -> list[dict[str, str]]:
    return list(collection_of(Lieu).find({"prefecture": prefecture, "agenda": OUTSIDE}, {"_id": 1}).limit(100))


def _lieu(creneau_id: str) -> str:
    found = collection_of(Creneau).find_one({"_id": creneau_id}, {"lieu_id": 1})
    assert found is not None
    return str(found["lieu_id"])
