"""Where a person may be sent next, from what is known of her tickets, and the ways of her préfecture in full words."""

from __future__ import annotations

from datetime import date

from chassis import clock
from chassis.inbox import Meta
from chassis.mongo import collection_of, insert_once
from droit.catalogue.prefecture import Prefecture
from prefecture import actions as prefectures
from prefecture import store
from prefecture.modalites import Modalites
from sejour.substitution.v1.events_pb2 import PrefectureModifiee
from services.pan.cadre import cadre
from services.pan.store import Lieu, PrefectureConnue, SaisineConnue, Visite


def ccc_used(visite: Visite) -> bool:
    """Whether this person already asked the contact centre something, or this visit did for her (PAN-08)."""
    if visite.saisine:
        return True
    hers: list[dict[str, str]] = [{"parcours_id": visite.parcours_id}]
    if visite.usager_id:
        hers.append({"usager_id": visite.usager_id})
    return collection_of(SaisineConnue).find_one({"$or": hers}, {"_id": 1}) is not None


def remember_ticket(saisine: dict[str, str], meta: Meta) -> None:
    """Projects an opened ticket."""
    insert_once(
        collection_of(SaisineConnue),
        {
            "_id": saisine["saisine_id"],
            "version": meta.version,
            "reference": saisine["reference"],
            "usager_id": saisine["usager_id"],
            "parcours_id": meta.parcours,
            "ouverte_date": meta.day.isoformat(),
        },
    )


def remember_rules(event: PrefectureModifiee, meta: Meta) -> bool:
    """Projects the rules of a préfecture; False for a version that a later one of the same day has replaced."""
    return store.project(PrefectureConnue, event, meta)


def rules_in_force(prefecture: str, day: date | None = None) -> Prefecture | None:
    """The rules of a préfecture on a day (today)."""
    return prefectures.rules_in_force(PrefectureConnue, prefecture, day or clock.today(), cadre())


def modalites(prefecture: str, day: date | None = None) -> Modalites:
    """The ways in force, as a desk tells them: without the counters that closed since they were published."""
    closed = collection_of(Lieu).find({"prefecture": prefecture, "ferme_date": {"$gt": ""}}, {"_id": 1}).limit(100)
    fermes = frozenset(str(place["_id"]) for place in closed)
    return prefectures.describe(prefecture, rules_in_force(prefecture, day), cadre(), fermes)
