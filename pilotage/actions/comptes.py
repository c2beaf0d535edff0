"""Counts the facts of a service by legal day. A day is counted again whole, so that a repeat changes nothing, and a
figure of the past depends on what was told then and on nothing that changed since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from chassis import clock, mongo
from chassis.agents import AGENTS
from chassis.mongo import collection_of
from droit.jours import add_months
from pilotage import rules
from pilotage.actions.tableau import Fait, Tableau, prefecture_of
from pilotage.rules import Charge, Ligne

JOURS, MOIS, ETAT = "comptes_jour", "comptes_mois", "comptes_etat"
MONTHS, BATCH = 12, 500
# One count at a time; readers ask for another no sooner than this after it.
LEASE, REST = timedelta(seconds=120), timedelta(seconds=3)
# Relays copy facts into the log at nearly the same instant.
OVERLAP = timedelta(seconds=60)
SECONDS = 600.0
NATIONAL = ""

Store = Database[dict[str, Any]]


def prepare_indexes(db: Store) -> None:
    """Facts are counted by their legal day; days are added up by month."""
    db["faits"].create_index([("day", 1), ("subject", 1)])
    db[JOURS].create_index("mois")


def catch_up(tableau: Tableau) -> int:
    """Counts again the days to which facts were added since the last count; 0: the worker then waits."""
    db = mongo.database(tableau.service)
    state = _take(db, tableau.service)
    if state is None:
        return 0
    try:
        state = _count_since(db, tableau, state.get("cursor"))
    finally:
        db[ETAT].update_one({"_id": tableau.service}, {"$set": {"libre_time": clock.now() + REST, **state}})
    return 0


def rebuild(tableau: Tableau) -> int:
    """Forgets every figure and counts all facts again; gives the number of days counted.

    The staff noted on a day is kept: it was read on that day in the directory, and no fact tells it.
    """
    db = mongo.database(tableau.service)
    db[MOIS].delete_many({})
    db[JOURS].update_many({}, {"$set": {"lignes": []}})
    _count_since(db, tableau, None)
    return db[JOURS].count_documents({})


def months(tableau: Tableau, prefecture: str = "") -> list[Ligne]:
    """The measures of the last twelve months, of one préfecture or of all."""
    since = add_months(clock.today().replace(day=1), 1 - MONTHS).isoformat()[:7]
    return _read(tableau, MOIS, {"_id": {"$gte": since}}, prefecture)


def days(tableau: Tableau, month: str, prefecture: str = "") -> list[Ligne]:
    """The measures of each day of a month."""
    return _read(tableau, JOURS, {"mois": month}, prefecture)


def workload(tableau: Tableau, month: str) -> list[Charge]:
    """What came in and was done in a month, with the staff noted on its last day."""
    stored = mongo.database(tableau.service)[MOIS].find_one({"_id": month}) or {"lignes": [], "effectif": []}
    lignes = [Ligne(month, *ligne) for ligne in stored["lignes"]]
    return rules.workload(lignes, tableau.arrivees, tableau.faites, dict(stored["effectif"]))


def _read(tableau: Tableau, name: str, criteria: dict[str, Any], prefecture: str) -> list[Ligne]:
    lignes: Any = "$lignes"
    if prefecture:
        here = {"$eq": [{"$arrayElemAt": ["$$ligne", 0]}, prefecture]}
        lignes = {"$filter": {"input": "$lignes", "as": "ligne", "cond": here}}
    found = mongo.database(tableau.service)[name].aggregate(
        [{"$match": criteria}, {"$sort": {"_id": 1}}, {"$project": {"lignes": lignes}}]
    )
    return [Ligne(str(stored["_id"]), *ligne) for stored in found for ligne in stored["lignes"]]


def _take(db: Store, service: str) -> dict[str, Any] | None:
    """The state of the count, ours for a while; None while somebody counts, or has just done it."""
    now = clock.now()
    free = {"_id": service, "libre_time": {"$not": {"$gt": now}}}
    try:
        return db[ETAT].find_one_and_update(free, {"$set": {"libre_time": now + LEASE}}, upsert=True) or {}
    except DuplicateKeyError:
        return None


def _count_since(db: Store, tableau: Tableau, cursor: datetime | None) -> dict[str, Any]:
    criteria: dict[str, Any] = {"subject": {"$in": sorted(tableau.comptes)}}
    if cursor is not None:
        criteria["copie_time"] = {"$gte": cursor - OVERLAP}
    touched = list(
        db["faits"].aggregate([{"$match": criteria}, {"$group": {"_id": "$day", "last": {"$max": "$copie_time"}}}])
    )
    today = clock.today().isoformat()
    for jour in sorted({today, *(row["_id"] for row in touched)}):
        noted: dict[str, Any] = {"mois": jour[:7], "lignes": [list(ligne[1:]) for ligne in _count(db, tableau, jour)]}
        if jour == today:
            noted["effectif"] = _staff(tableau)
        db[JOURS].update_one({"_id": jour}, {"$set": noted}, upsert=True)
    for month in sorted({today[:7], *(row["_id"][:7] for row in touched)}):
        _add_up(db, month)
    last = max((row["last"] for row in touched), default=cursor)
    return {"cursor": last} if last else {}


def _add_up(db: Store, month: str) -> None:
    stored = list(db[JOURS].find({"mois": month}).sort("_id", 1))
    lignes = rules.added(Ligne(month, *ligne) for day in stored for ligne in day["lignes"])
    staff: list[list[Any]] = next((day["effectif"] for day in reversed(stored) if day.get("effectif")), [])
    told = {"lignes": [list(ligne[1:]) for ligne in lignes], "effectif": staff}
    db[MOIS].update_one({"_id": month}, {"$set": told}, upsert=True)


def _count(db: Store, tableau: Tableau, jour: str) -> list[Ligne]:
    """The measures of one legal day, added up."""
    told = db["faits"].find({"day": jour, "subject": {"$in": sorted(tableau.comptes)}}).sort("_id", 1)
    lignes: list[Ligne] = []
    while batch := list(islice(told, BATCH)):
        lignes = rules.added([*lignes, *_measured(tableau, jour, batch, _histories(db, tableau, batch))])
    return lignes


def _histories(db: Store, tableau: Tableau, batch: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What these aggregates told, in order: the context of each fact of the batch."""
    asked = {"aggregate": {"$in": sorted({fact["aggregate"] for fact in batch})}}
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for fact in db["faits"].find(asked).sort([("aggregate", 1), ("version", 1)]):
        if fact["subject"] in tableau.lus:
            found[fact["aggregate"]].append(fact)
    return found


def _measured(
    tableau: Tableau, jour: str, batch: Sequence[dict[str, Any]], histories: dict[str, list[dict[str, Any]]]
) -> Iterator[Ligne]:
    for stored in batch:
        earlier = [fact for fact in histories[stored["aggregate"]] if fact["version"] < stored["version"]]
        fait, before = _fait(tableau, stored), [_fait(tableau, fact) for fact in earlier]
        where = prefecture_of(fait, before)
        for mesure in tableau.comptes[fait.subject](fait, before):
            yield Ligne(jour, where, mesure.indicateur, mesure.detail, 1, mesure.valeur)


def _fait(tableau: Tableau, stored: dict[str, Any]) -> Fait:
    message = tableau.lus[stored["subject"]].FromString(bytes(stored["payload"]))
    return Fait(stored["subject"], date.fromisoformat(stored["day"]), stored["by"], message)


def _staff(tableau: Tableau) -> list[tuple[str, int]]:
    """The agents of today who do this work, by préfecture; under an empty code those who serve all of them."""
    found: dict[str, int] = defaultdict(int)
    present = {"roles": {"$in": sorted(tableau.roles)}, "revoked_time": None}
    for agent in collection_of(AGENTS[tableau.service]).find(present, {"prefectures": 1}).hint("login_1"):
        for code in agent["prefectures"]:
            found[NATIONAL if code == "*" else code] += 1
    return sorted(found.items())
