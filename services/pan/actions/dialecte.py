"""What the ANTS dialect shows of our places, slots and appointments, to the bearer of a préfecture's incoming token."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from chassis import clock
from chassis.mongo import collection_of, find
from personne.reference import read_reference
from services.pan.actions import acces, agenda
from services.pan.adapters.ants import write_time
from services.pan.cadre import cadre
from services.pan.rules import agenda as rules
from services.pan.store import Creneau, Lieu, RendezVous

PAGE = 500


def prefectures_of(token: str) -> frozenset[str]:
    """The préfectures whose incoming token this is, while it is in force (its last day counts)."""
    today = clock.today()
    return frozenset(
        code
        for code, entry in cadre().jetons.items()
        if token
        and hmac.compare_digest(str(entry.get("entrant", "")).encode(), token.encode())
        and date.fromisoformat(str(entry.get("fin", "1970-01-01"))) >= today
    )


def points(prefectures: frozenset[str], public_url: str) -> list[dict[str, Any]]:
    """Our own open places, with the seven mandatory fields."""
    criteria = {"prefecture": {"$in": sorted(prefectures)}}
    found = collection_of(Lieu).find(criteria, {"outbox": 0}).sort([("prefecture", 1), ("genre", 1)]).limit(100)
    return [
        {
            "id": place["_id"],
            "name": place["nom"],
            "longitude": place["longitude"],
            "latitude": place["latitude"],
            "public_entry_address": place["adresse"][0],
            "zip_code": place["code_postal"],
            "city_name": place["ville"],
            "website": f"{public_url}/pan/annuaire/{place['prefecture']}",
        }
        for place in found
        if place["agenda"] == "integre" and not place.get("ferme_date")
    ]


def free_slots(lieu_ids: Sequence[str], du: date, au: date, link: Callable[[str, str], str]) -> dict[str, Any]:
    """Per place, the slots open to the web, in the wall-clock hour of the place. Slots for victims are never listed."""
    now = clock.legal_now()
    answer: dict[str, Any] = {}
    for lieu_id in lieu_ids:
        fuseau = acces.find_lieu(lieu_id).fuseau
        criteria = {"lieu_id": lieu_id, "debut_time": {"$gt": now}, "libres": {"$gt": 0}}
        criteria["objets"] = {"$in": [motive for motive in rules.OBJETS if motive != rules.VICTIME]}
        criteria["debut_date"] = agenda.days_of_places(du, au)
        found = (
            collection_of(Creneau).find(criteria | {"visible_time": {"$lte": now}}).sort("debut_time", 1).limit(PAGE)
        )
        answer[lieu_id] = [
            {"datetime": write_time(slot["debut_time"], fuseau), "callback_url": link(slot["_id"], slot["objets"][0])}
            for slot in found
        ]
    return answer


def appointments(references: Sequence[str], prefectures: frozenset[str], manage: str) -> dict[str, Any]:
    """Per reference as it was sent, the live appointment in these préfectures, if any."""
    answer: dict[str, Any] = {}
    for typed in references:
        found = find(RendezVous, reference=read_reference(typed, "R"))
        seen = found is not None and found.state == rules.PRIS and found.prefecture in prefectures
        if not seen or found is None or found.objet == rules.VICTIME:
            answer[typed] = []
            continue
        lieu = acces.find_lieu(found.lieu_id)
        answer[typed] = [
            {
                "meeting_point": lieu.nom,
                "datetime": write_time(found.debut_time, lieu.fuseau),
                "management_url": manage,
                "cancel_url": manage,
            }
        ]
    return answer
