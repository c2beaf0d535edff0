"""Days from filing to registration and to decision, per préfecture and title, with an alert beyond P-DELAI (DEP-64)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chassis import clock
from chassis.mongo import collection_of
from services.deposit.cadre import cadre
from services.deposit.instruction.store import Ligne

PERIODE_JOURS = 90
LIGNES_MAX = 20_000
MEDIANE_MAX = 500


@dataclass(frozen=True)
class Delai:
    """One préfecture and one object: how many were received in the period, median and longest days."""

    prefecture: str
    libelle: str
    nombre: int
    enregistrement_median: int
    enregistrement_max: int
    decision_median: int | None
    decisions: int
    alerte: bool


def measure(scope: Sequence[str]) -> tuple[list[Delai], int]:
    """The figures of the last ninety days, and the days beyond which registration alerts."""
    today = clock.today()
    limit = cadre().number("P-DELAI", today)
    since = (today - timedelta(days=PERIODE_JOURS)).isoformat()
    criteria = {"prefecture": {"$in": list(scope)}, "recue_date": {"$gte": since}}
    wanted = {"prefecture": 1, "libelle": 1, "depot_date": 1, "recue_date": 1, "decision_date": 1}
    groups: dict[tuple[str, str], list[tuple[int, int | None]]] = {}
    for row in collection_of(Ligne).find(criteria, wanted).limit(LIGNES_MAX):
        filed = date.fromisoformat(row["depot_date"])
        registered = (date.fromisoformat(row["recue_date"]) - filed).days
        decided = (date.fromisoformat(row["decision_date"]) - filed).days if row.get("decision_date") else None
        groups.setdefault((row["prefecture"], row["libelle"]), []).append((max(registered, 0), decided))
    return [_delai(key, rows, limit) for key, rows in sorted(groups.items())], limit


def _delai(key: tuple[str, str], rows: list[tuple[int, int | None]], limit: int) -> Delai:
    registered = sorted(days for days, _ in rows)
    decided = sorted(days for _, days in rows if days is not None)
    return Delai(
        prefecture=key[0],
        libelle=key[1],
        nombre=len(rows),
        enregistrement_median=registered[len(registered) // 2],
        enregistrement_max=registered[-1],
        decision_median=decided[len(decided) // 2] if decided else None,
        decisions=len(decided),
        alerte=registered[-1] > limit,
    )


def median_of(prefecture: str, libelle: str, today: date) -> tuple[int | None, int]:
    """Median days from filing to decision over the period for one préfecture and one object, and how many decisions."""
    since = (today - timedelta(days=PERIODE_JOURS)).isoformat()
    criteria: dict[str, Any] = {"prefecture": prefecture, "recue_date": {"$gte": since}, "libelle": libelle}
    criteria["decision_date"] = {"$gt": ""}
    rows = collection_of(Ligne).find(criteria, {"depot_date": 1, "decision_date": 1}).limit(MEDIANE_MAX)
    days = sorted((date.fromisoformat(r["decision_date"]) - date.fromisoformat(r["depot_date"])).days for r in rows)
    return (days[len(days) // 2] if days else None), len(days)
