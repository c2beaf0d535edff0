"""What the appointment system of a préfecture is told of our bookings in its slots: signed, tried again, never lost.

A notice says how the appointment stands now, under its version: one that is late or repeated changes nothing there. It
is owed by the same write as the booking; after a day of silence it waits on a desk, which sends it again (dead letter).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chassis import clock, logs
from chassis.mongo import collection_of
from chassis.web.who import Who
from droit.decision import Refused
from services.pan.actions import acces
from services.pan.adapters.contrat import Muet, fetch, isolement
from services.pan.adapters.sejour_json import SIGNATURE, sign
from services.pan.cadre import cadre
from services.pan.rules import agenda as rules
from services.pan.rules.acces import BRANCHER
from services.pan.store import Creneau, RendezVous

BATCH, PAGE = 20, 100
# From a second to an hour between two tries, and a day in all: a system is mended in a working day, or somebody acts.
FIRST, LONGEST, TRIES = timedelta(seconds=1), timedelta(hours=1), 30


def send_due() -> int:
    """Sends what is owed and due, system beside system: one that is slow or down delays its own only."""
    due = {"annonce.time": {"$lte": clock.now(), "$type": "date"}}
    shown = {"prefecture": 1, "version": 1, "annonce": 1, "state": 1, "reference": 1, "creneau_id": 1, "lieu_id": 1}
    shown |= {"debut_time": 1, "duree_minutes": 1}
    by_prefecture: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for booked in collection_of(RendezVous).find(due, shown).sort("annonce.time", 1).limit(BATCH * 10):
        by_prefecture[booked["prefecture"]].append(booked)
    calls = {f"{code}:annonces": partial(_send_all, code, found[:BATCH]) for code, found in by_prefecture.items()}
    sent, _ = isolement().gather(calls)
    return len(sent)


def _send_all(prefecture: str, found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Sends these in turn, and stops at the first that is not taken: the others would wait as long."""
    sent = []
    keys = _their_keys([booked["creneau_id"] for booked in found])
    for booked in found:
        try:
            _post(prefecture, notice(booked, keys.get(booked["creneau_id"], "")))
        except Muet as silence:
            _try_later(booked, str(silence))
            break
        done = {"_id": booked["_id"], "version": booked["version"]}
        collection_of(RendezVous).update_one(done, {"$set": {"annonce": {}}})
        sent.append(str(booked["_id"]))
    return sent


def _their_keys(creneau_ids: Sequence[str]) -> dict[str, str]:
    found = collection_of(Creneau).find({"_id": {"$in": list(creneau_ids)}}, {"externe": 1})
    return {slot["_id"]: slot.get("externe", "") for slot in found}


def notice(booked: Mapping[str, Any], cle: str) -> dict[str, Any]:
    """How an appointment stands, without anything that tells who the person is (XCT-07)."""
    debut: datetime = booked["debut_time"]
    return {
        "reservation": booked["_id"],
        "version": booked["version"],
        "state": rules.ANNULE if booked["state"] == rules.ANNULE else rules.PRIS,
        "reference": booked["reference"],
        "creneau": cle,
        "lieu_id": booked["lieu_id"],
        "debut_time": debut.isoformat(),
        "duree_minutes": booked["duree_minutes"],
    }


def _post(prefecture: str, said: Mapping[str, Any]) -> None:
    """Raises Muet unless their system says that it has it."""
    target = {name: str(cadre().jetons.get(prefecture, {}).get(name, "")) for name in ("webhook", "secret")}
    if not all(target.values()):
        raise Muet("no address or no secret")
    body = json.dumps(said, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", SIGNATURE: sign(target["secret"], body)}
    response = fetch("POST", target["webhook"], data=body, headers=headers)
    if response.status_code not in (200, 201, 202, 204):
        raise Muet(f"HTTP {response.status_code}")


def _try_later(booked: Mapping[str, Any], why: str) -> None:
    tried = int(booked["annonce"].get("essais", 0)) + 1
    wait = min(LONGEST, FIRST * 2 ** min(tried, 12))
    kept: dict[str, Any] = {"essais": tried, "raison": why[:200]}
    kept |= {"time": clock.now() + wait} if tried < TRIES else {"morte_date": clock.today().isoformat()}
    collection_of(RendezVous).update_one(
        {"_id": booked["_id"], "version": booked["version"]}, {"$set": {"annonce": kept}}
    )
    logs.get().warning("annonce.refusee", systeme=booked["prefecture"], essais=tried, detail=why[:200])


def dead(who: Who) -> list[dict[str, Any]]:
    """What the systems of this agent's préfectures were not told in a day of tries, the oldest first."""
    acces.require_act(who, BRANCHER, min(who.prefectures, default=""))
    mine = {"$gt": ""} if "*" in who.prefectures else {"$in": sorted(who.prefectures)}
    criteria = {"prefecture": mine, "annonce.morte_date": {"$gt": ""}}
    shown = {"prefecture": 1, "reference": 1, "lieu_id": 1, "debut_time": 1, "state": 1, "annonce": 1}
    return list(collection_of(RendezVous).find(criteria, shown).sort("annonce.morte_date", 1).limit(PAGE))


def send_again(rendez_vous_id: str, who: Who) -> None:
    """An agent has the notice tried again at once, from the first try. Harmless to repeat."""
    found = RendezVous.objects(id=rendez_vous_id).only("prefecture").first()
    if found is None:
        raise Refused(rules.RENDEZ_VOUS_INCONNU)
    acces.require_act(who, BRANCHER, found.prefecture)
    collection_of(RendezVous).update_one(
        {"_id": rendez_vous_id, "annonce.morte_date": {"$gt": ""}},
        {"$set": {"annonce": {"time": clock.now(), "essais": 0}}},
    )
