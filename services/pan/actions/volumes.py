"""What the reception points did, by place and by kind, and the places with nobody trained (PAN-18, XCT-19)."""

from __future__ import annotations

from datetime import date
from typing import Any

from chassis import clock
from chassis.mongo import collection_of
from services.pan.rules.visites import TERMINEE
from services.pan.store import Lieu, Visite


def count(departement: str, du: date | None = None, au: date | None = None) -> dict[str, Any]:
    """Visits ended between two days (the current year by default), of one département or of all when it is empty."""
    last = au or clock.today()
    first = du or date(last.year, 1, 1)
    where: str | dict[str, str] = departement or {"$gt": ""}
    matched = {
        "prefecture": where,
        "visite_date": {"$gte": first.isoformat(), "$lte": last.isoformat()},
        "state": TERMINEE,
    }
    grouped = {
        "_id": "$lieu_id",
        "visites": {"$sum": 1},
        "naturalisation": {"$sum": {"$cond": ["$naturalisation", 1, 0]}},
        # What is filed here goes to the téléservice, whatever was ticked.
        "teleservice": {"$sum": {"$cond": [{"$or": ["$teleservice", {"$gt": ["$depot_id", ""]}]}, 1, 0]}},
        "sans_rendez_vous": {"$sum": {"$cond": ["$sans_rendez_vous", 1, 0]}},
        "deposees": {"$sum": {"$cond": [{"$gt": ["$depot_id", ""]}, 1, 0]}},
        "bloquees": {"$sum": {"$cond": [{"$gt": ["$blocage_id", ""]}, 1, 0]}},
    }
    counted = {c["_id"]: c for c in collection_of(Visite).aggregate([{"$match": matched}, {"$group": grouped}])}
    services: list[dict[str, Any]] = [
        {"$match": matched},
        {"$unwind": "$services"},
        {"$group": {"_id": "$services", "n": {"$sum": 1}}},
    ]
    places = collection_of(Lieu).find(
        {"prefecture": where}, {"nom": 1, "prefecture": 1, "genre": 1, "agents_formes": 1}
    )
    rows = [_row(place, counted.get(place["_id"], {})) for place in places.sort("prefecture", 1).limit(4000)]
    total = {name: sum(row[name] for row in rows) for name in COUNTS}
    return {
        "departement": departement,
        "du": first.isoformat(),
        "au": last.isoformat(),
        "lieux": rows,
        "total": total,
        "part_teleservice": round(100 * total["teleservice"] / total["visites"], 1) if total["visites"] else None,
        "services": {s["_id"]: s["n"] for s in collection_of(Visite).aggregate(services)},
        "sans_agent_forme": [row["nom"] for row in rows if row["genre"] == "pan" and not row["agents_formes"]],
    }


COUNTS = ("visites", "titres", "naturalisation", "sans_rendez_vous", "teleservice", "deposees", "bloquees")


def _row(place: dict[str, Any], counted: dict[str, Any]) -> dict[str, Any]:
    row = {name: int(counted.get(name, 0)) for name in COUNTS}
    row["titres"] = row["visites"] - row["naturalisation"]
    return {
        "id": place["_id"],
        **{name: place[name] for name in ("nom", "prefecture", "genre", "agents_formes")},
        **row,
    }
