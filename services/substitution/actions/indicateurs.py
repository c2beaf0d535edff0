"""National figures per préfecture and month: asked, offered, convoked, filed, refused, and how many days it took."""

from __future__ import annotations

from datetime import date
from typing import Any

from chassis import clock, mongo
from chassis.mongo import collection_of
from services.substitution.rules import voies as rules
from services.substitution.store import Voie

MONTHS = 12
COLLECTION = "indicateurs"
# What the figures mean, printed beside them.
DEFINITIONS = (
    ("demandees", "Voies ouvertes dans le mois, par choix ou d’elles-mêmes."),
    ("proposees", "Voies ouvertes d’elles-mêmes après un blocage, une panne ou une incapacité."),
    ("convoquees", "Voies auxquelles un rendez-vous a été donné."),
    ("deposees", "Voies dont le dossier est arrivé."),
    ("refusees", "Voies refusées par écrit et non rouvertes."),
    ("retard", "Voies dont l’échéance P-SUB est passée sans rendez-vous, aussi celles servies depuis."),
    ("jours_ouverture", "Jours, en moyenne, du premier blocage à la voie."),
    ("jours_rendez_vous", "Jours, en moyenne, du premier blocage, ou à défaut de la voie, au jour du rendez-vous."),
    ("jours_depot", "Jours, en moyenne, du premier blocage, ou à défaut de la voie, à l’arrivée du dossier."),
)


def prepare_indexes() -> None:
    """Figures are read by month."""
    mongo.database("substitution")[COLLECTION].create_index([("mois", -1), ("prefecture", 1)])


def compute() -> int:
    """Counts the routes of the last twelve months again and keeps the figures; returns 0: the task then waits."""
    first = _months_back(clock.today(), MONTHS - 1)
    pipeline: list[dict[str, Any]] = [
        {"$match": {"ouverture_date": {"$gte": first.isoformat()}}},
        {"$set": {"debut_date": {"$ifNull": ["$premier_blocage_date", "$ouverture_date"]}}},
        {"$group": _group()},
        {"$set": {"mois": "$_id.mois", "prefecture": "$_id.prefecture", "calcul_time": clock.now()}},
        {"$set": {"_id": {"$concat": ["$_id.mois", ":", "$_id.prefecture"]}}},
        {"$merge": {"into": COLLECTION, "on": "_id", "whenMatched": "replace"}},
    ]
    collection_of(Voie).aggregate(pipeline)
    return 0


def figures() -> list[dict[str, Any]]:
    """Every préfecture and month counted, the last month first."""
    found = (
        mongo.database("substitution")[COLLECTION].find({"mois": {"$gte": ""}}).sort([("mois", -1), ("prefecture", 1)])
    )
    return list(found.limit(MONTHS * 110))


def _group() -> dict[str, Any]:
    def count(condition: Any) -> dict[str, Any]:
        return {"$sum": {"$cond": [condition, 1, 0]}}

    def is_set(name: str) -> dict[str, Any]:
        return {"$gt": [f"${name}", ""]}

    return {
        "_id": {"mois": {"$substrBytes": ["$ouverture_date", 0, 7]}, "prefecture": {"$ifNull": ["$prefecture", ""]}},
        "demandees": {"$sum": 1},
        "proposees": count({"$ne": ["$origine", rules.CHOIX]}),
        "convoquees": count(is_set("convoquee_date")),
        "deposees": count(is_set("dossier_date")),
        "refusees": count({"$eq": ["$state", rules.REFUSEE]}),
        "retard": count(is_set("premier_retard_date")),
        "jours_ouverture": {"$avg": _days("premier_blocage_date", "ouverture_date")},
        "jours_rendez_vous": {"$avg": _days("debut_date", "rendez_vous_date")},
        "jours_depot": {"$avg": _days("debut_date", "dossier_date")},
    }


def _days(start: str, end: str) -> dict[str, Any]:
    """Civil days between two days kept as text; None, which an average ignores, while one of them is missing."""
    both = {"$and": [{"$gt": [f"${start}", ""]}, {"$gt": [f"${end}", ""]}]}
    difference = {
        "$dateDiff": {
            "startDate": {"$dateFromString": {"dateString": f"${start}"}},
            "endDate": {"$dateFromString": {"dateString": f"${end}"}},
            "unit": "day",
        }
    }
    return {"$cond": [both, difference, None]}


def _months_back(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)
