"""The préfectures' own systems: read ahead by the worker, so that one that is slow or down never holds up a person."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chassis import clock, hours
from chassis.mongo import collection_of, insert_once
from chassis.web.who import Who
from droit.decision import Refused
from services.pan.actions import acces, capacites
from services.pan.adapters.contrat import RESERVATION_AILLEURS, CreneauExterne, Systeme, isolement
from services.pan.adapters.csv_export import Csv
from services.pan.adapters.systemes import SYSTEMS
from services.pan.cadre import cadre
from services.pan.rules import agenda as rules
from services.pan.rules.acces import BRANCHER
from services.pan.store import Creneau, EtatAgenda, Lieu, RendezVous

FRESH = timedelta(minutes=5)


def system_of(agenda: str, url: str, prefecture: str, fuseaux: Mapping[str, str]) -> Systeme:
    """The adapter of these places (code, time zone), with the token that we show to their system."""
    token = str(cadre().jetons.get(prefecture, {}).get("sortant", ""))
    return SYSTEMS[agenda](url, token, fuseaux)


def pull() -> int:
    """Reads the free slots of every other system, side by side; returns how many slots were seen."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for place in collection_of(Lieu).find({"agenda": {"$in": list(SYSTEMS)}}, {"outbox": 0}).limit(500):
        groups.setdefault((place["prefecture"], place["agenda"], place["agenda_url"]), []).append(place)
    calls = {name_of(places): partial(_read, key, places) for key, places in groups.items()}
    seen, silent = isolement().gather(calls)
    for places in groups.values():
        if name_of(places) not in silent:
            _store(places, [slot for slot in seen if slot[0].lieu_id in {p["_id"] for p in places}])
    return len(seen)


def read_ahead() -> int:
    """The worker's turn. Returns 0, so that the worker always pauses before the next one."""
    pull()
    return 0


def name_of(places: Sequence[Mapping[str, Any]]) -> str:
    """How a system is called in logs and breakers."""
    return f"{places[0]['prefecture']}:{places[0]['agenda']}:{places[0]['agenda_url']}"


def _read(key: tuple[str, str, str], places: Sequence[Mapping[str, Any]]) -> list[tuple[CreneauExterne, str]]:
    """(slot, motive) of one system over the horizon. Raises Muet."""
    prefecture, agenda, url = key
    system = system_of(agenda, url, prefecture, {place["_id"]: place["fuseau"] for place in places})
    today = clock.today()
    until = today + timedelta(days=rules.HORIZON_JOURS)
    motives = sorted({rules.OBJET_OF[m] for place in places for m in place["missions"]} - {rules.VICTIME})
    found = []
    for objet in motives:
        served = [p["_id"] for p in places if rules.MISSIONS[objet] in p["missions"]]
        found += [(slot, objet) for slot in system.list(served, objet, today, until)]
    if isinstance(system, Csv):
        here = {"_id": {"$in": [place["_id"] for place in places]}}
        collection_of(EtatAgenda).update_many(here, {"$set": {"ignorees": system.ignorees}})
    return found


def _store(places: Sequence[Mapping[str, Any]], seen: Sequence[tuple[CreneauExterne, str]]) -> None:
    now, slots, by_id = clock.now(), collection_of(Creneau), {p["_id"]: p for p in places}
    changed = set()
    for slot, objet in seen:
        place = by_id[slot.lieu_id]
        jour = hours.local(slot.debut, place["fuseau"]).date()
        if place.get("ferme_date") or rules.is_closed(place["fermetures"], jour):
            continue
        key = f"x_{slot.lieu_id}_{hashlib.sha256(slot.cle.encode()).hexdigest()[:20]}"
        created = {
            "_id": key,
            "lieu_id": slot.lieu_id,
            "prefecture": place["prefecture"],
            "objets": [objet],
            "debut_time": slot.debut,
            "debut_date": jour.isoformat(),
            "duree_minutes": slot.duree_minutes,
            "places": slot.places,
            "libres": slot.places,
            "visible_time": now,
            "prises": [],
            "externe": slot.cle,
            "lien": slot.lien,
            "vu_time": now,
        }
        if insert_once(slots, created):
            changed.add(slot.lieu_id)
        else:
            # What we hold there meanwhile is not in what the system just told: only an untouched slot is brought up.
            slots.update_one(
                {"_id": key}, {"$set": {"vu_time": now, "lien": slot.lien}, "$addToSet": {"objets": objet}}
            )
            brought_up = ("libres", "places", "debut_time", "debut_date", "duree_minutes")
            news = {"$set": {name: created[name] for name in brought_up}}
            free = slots.update_one({"_id": key, "prises": []}, news).modified_count
            there = {"debut_time": slot.debut, "duree_minutes": slot.duree_minutes}
            if free or move_slot(key, there, place["fuseau"]):
                changed.add(slot.lieu_id)
    for lieu_id in by_id:
        gone = {"lieu_id": lieu_id, "debut_time": {"$gt": now}, "vu_time": {"$lt": now}, "prises": []}
        first = collection_of(EtatAgenda).update_one({"_id": lieu_id}, {"$set": {"vu_time": now}}, upsert=True)
        if slots.delete_many(gone).deleted_count or first.upserted_id:
            changed.add(lieu_id)
    if changed:
        capacites.mark(*changed)


def move_slot(creneau_id: str, there: Mapping[str, Any], fuseau: str, *, told: datetime | None = None) -> bool:
    """Its system moved a slot that somebody has: her appointment follows (`suivis`). False when it stands there, or
    when what it did at `told` is older than what it told before.

    `there`: `debut_time` and `duree_minutes`.
    """
    moved = {**there, "debut_date": hours.local(there["debut_time"], fuseau).date().isoformat(), "deplace": True}
    still: dict[str, Any] = {"_id": creneau_id, "prises.0": {"$exists": True}}
    if told is None:
        still["$nor"] = [dict(there)]
    else:
        still["avis_time"], moved["avis_time"] = {"$not": {"$gte": told}}, told
    return collection_of(Creneau).update_one(still, {"$set": moved}).modified_count == 1


def silent(places: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the places whose system has not answered for five minutes."""
    outside = [p for p in places if p["agenda"] != "integre" and not p.get("ferme_date")]
    if not outside:
        return []
    etats = collection_of(EtatAgenda).find({"_id": {"$in": [p["_id"] for p in outside]}})
    fresh = {k["_id"] for k in etats if k["vu_time"] > clock.now() - FRESH}
    return [str(p["nom"]) for p in outside if p["_id"] not in fresh]


def states(who: Who) -> list[dict[str, Any]]:
    """Each place of this agent that another system keeps: when it last answered, and what was not understood."""
    acces.require_act(who, BRANCHER, min(who.prefectures, default=""))
    places = [place for place in acces.lieux_of(who) if place["agenda"] != "integre"]
    seen = {e["_id"]: e for e in collection_of(EtatAgenda).find({"_id": {"$in": [p["_id"] for p in places]}})}
    quiet = set(silent(places))
    names = ("_id", "nom", "prefecture", "agenda", "fuseau", "creneaux_libres")
    return [
        {name: place[name] for name in names}
        | {"muet": place["nom"] in quiet}
        | {name: seen.get(place["_id"], {}).get(name) for name in ("vu_time", "ignorees")}
        for place in places
    ]


def book_there(slot: Mapping[str, Any], rendez_vous: RendezVous) -> None:
    """Books in the other system, under our identifier: a repeat changes nothing there. Raises Refused.

    It is given the reference that the person shows, and nothing that tells who she is (XCT-07).
    """
    if not slot.get("externe"):
        return
    name, system = _of_slot(slot)
    if not system.peut_reserver or slot.get("lien"):
        raise Refused(RESERVATION_AILLEURS)
    key = their_key(slot["_id"], rendez_vous.id)
    isolement().ask(name, lambda: system.book(str(slot["externe"]), key, rendez_vous.reference))


def cancel_there(slot: Mapping[str, Any], rendez_vous_id: str) -> bool:
    """Cancels in the other system; False when it did not answer: the sweep tries again."""
    if not slot.get("externe"):
        return True
    name, system = _of_slot(slot)
    if not system.peut_reserver:
        return True
    try:
        isolement().ask(name, lambda: system.cancel(their_key(slot["_id"], rendez_vous_id)))
    except Refused:
        return False
    return True


def owed(lieu: Lieu) -> dict[str, Any]:
    """What an appointment that changes owes to the system of its place (`annonces`); nothing where it takes none."""
    takes = lieu.agenda != "integre" and bool(cadre().jetons.get(lieu.prefecture, {}).get("webhook"))
    return {"time": clock.now(), "essais": 0} if takes else {}


def their_key(creneau_id: str, rendez_vous_id: str) -> str:
    """Our identifier of one booking there: moving books the new slot before the old one is cancelled."""
    return f"{rendez_vous_id}.{creneau_id[-8:]}"


def _of_slot(slot: Mapping[str, Any]) -> tuple[str, Systeme]:
    lieu = acces.find_lieu(str(slot["lieu_id"]))
    return f"{lieu.prefecture}:{lieu.agenda}:{lieu.agenda_url}", system_of(
        lieu.agenda, lieu.agenda_url, lieu.prefecture, {lieu.id: lieu.fuseau}
    )
