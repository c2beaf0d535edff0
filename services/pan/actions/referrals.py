"""Where a person may be sent next, from what is known of her tickets, and the ways of her préfecture in full words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from chassis import clock
from chassis.inbox import Meta
from chassis.mongo import collection_of, insert_all_once
from droit.catalogue.prefecture import Prefecture
from droit.decision import Refused
from prefecture import actions as prefectures
from prefecture import store
from prefecture.modalites import Modalites
from sejour.ccc.v1 import ccc_pb2
from sejour.ccc.v1.events_pb2 import SaisineOuverte
from sejour.substitution.v1.events_pb2 import PrefectureModifiee
from services.pan.cadre import cadre
from services.pan.rules.acces import VERIFIEE
from services.pan.store import Lieu, PrefectureConnue, SaisineConnue, Visite

SAISINES = "sejour.ccc.v1.CccService/ListSaisines"


def ccc_used(visite: Visite) -> bool:
    """Whether this person already asked the contact centre something, or this visit did for her (PAN-08)."""
    if visite.saisine or visite.ccc_deja:
        return True
    hers: list[dict[str, str]] = [{"parcours_id": visite.parcours_id}]
    if visite.usager_id:
        hers.append({"usager_id": visite.usager_id})
    if collection_of(SaisineConnue).find_one({"$or": hers}, {"_id": 1}) is not None:
        return True
    return visite.identite == VERIFIEE and _known_by_name(visite)


def _known_by_name(visite: Visite) -> bool:
    """Whether the contact centre has a ticket of this name and birth; False when it does not answer."""
    born = visite.naissance_date.isoformat() if visite.naissance_date else ""
    request = ccc_pb2.ListSaisinesRequest(nom=visite.nom, naissance_date=born)
    try:
        return bool(cadre().client.call("ccc", SAISINES, request, ccc_pb2.ListSaisinesResponse).saisines)
    except Refused:
        return False


def remember_tickets(given: Sequence[tuple[SaisineOuverte, Meta]]) -> None:
    """Keeps who used the contact centre (PAN-08)."""
    tickets = [
        {
            "_id": event.saisine_id,
            "version": meta.version,
            "reference": event.reference,
            "usager_id": event.usager_id,
            "parcours_id": meta.parcours,
            "ouverte_date": meta.day.isoformat(),
        }
        for event, meta in given
    ]
    insert_all_once(collection_of(SaisineConnue), tickets)


def remember_rules(event: PrefectureModifiee, meta: Meta) -> bool:
    """Projects the rules of a préfecture; False for a version that a later one of the same day has replaced."""
    kept = store.project(PrefectureConnue, event, meta)
    if kept:
        key = {"_id": f"{event.prefecture}:{event.depuis_date}"}
        collection_of(PrefectureConnue).update_one(key, {"$set": {"a_suivre": True}})
    return kept


def rules_in_force(prefecture: str, day: date | None = None) -> Prefecture | None:
    """The rules of a préfecture on a day (today)."""
    return prefectures.rules_in_force(PrefectureConnue, prefecture, day or clock.today(), cadre())


def all_rules_in_force() -> dict[str, Prefecture]:
    """The rules in force today of every préfecture that has some."""
    begun = {"prefecture": {"$gt": ""}, "depuis_date": {"$lte": clock.today().isoformat()}}
    last = {"_id": "$prefecture", "regles": {"$last": "$regles"}}
    steps: list[dict[str, Any]] = [{"$match": begun}, {"$sort": {"depuis_date": 1}}, {"$group": last}]
    kept = {rules.code: rules for rules in prefectures.shipped(cadre())}
    for version in collection_of(PrefectureConnue).aggregate(steps):
        rules = prefectures.of_version(version, version["_id"], cadre())
        kept |= {version["_id"]: rules} if rules else {}
    return kept


def modalites(prefecture: str, day: date | None = None) -> Modalites:
    """The ways in force, as a desk tells them: without the counters that closed since they were published."""
    closed = collection_of(Lieu).find({"prefecture": prefecture, "ferme_date": {"$gt": ""}}, {"_id": 1}).limit(100)
    fermes = frozenset(str(place["_id"]) for place in closed)
    return prefectures.describe(prefecture, rules_in_force(prefecture, day), cadre(), fermes)
