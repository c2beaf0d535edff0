"""Days from filing to registration and to decision, per préfecture and title, with alerts set by settings (DEP-64)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pymongo.collection import Collection

from chassis import clock, mongo
from chassis.mongo import collection_of
from services.deposit.cadre import cadre
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store import ALIAS
from services.deposit.droits.store import Ligne

PERIODE_JOURS = 90
_KEY = {"_id": "delais"}


@dataclass(frozen=True)
class Delai:
    """One préfecture and one object, in days: what was registered and decided in the period, and what still waits."""

    prefecture: str
    libelle: str
    enregistrements: int
    enregistrement_median: int | None
    enregistrement_max: int | None
    non_enregistrees: int
    decisions: int
    decision_median: int | None
    decision_max: int | None
    non_decidees: int
    alerte_enregistrement: bool
    alerte_decision: bool


@dataclass(frozen=True)
class Limites:
    """The days beyond which each alerts: settings of the deployment."""

    enregistrement: int
    decision: int


@dataclass(frozen=True)
class Retards:
    """How many demandes under way wait beyond the limits, for the alert at the head of the queue."""

    enregistrement: int
    decision: int


@dataclass
class _Groupe:
    """Days by which it was registered and decided in the period; days of filing of what still waits."""

    registered: list[int] = field(default_factory=list)
    decided: list[int] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)


def limits(day: date) -> Limites:
    """What the deployment sets."""
    return Limites(cadre().number("P-DELAI", day), cadre().number("P-DECISION", day))


def compute() -> None:
    """Reads every line that counts and keeps the figures of each préfecture: nobody waits for it at a page.

    What happened in the last ninety days, however long ago the filing was, and what waits.
    """
    today = clock.today()
    since, wanted = (today - timedelta(days=PERIODE_JOURS)).isoformat(), limits(today)
    for departement in cadre().catalogue.departements():
        groups = _groups(departement.code, since)
        kept = [_in_short(libelle, group, today, wanted) for libelle, group in sorted(groups.items())]
        _kept().update_one(_KEY, {"$set": {f"prefectures.{departement.code}": kept, "time": clock.now()}}, upsert=True)


def measure(scope: Sequence[str]) -> tuple[list[Delai], Limites]:
    """The figures as they were last counted, with today's alerts."""
    today = clock.today()
    wanted = limits(today)
    return [_delai(code, row, today, wanted) for code, rows in _read(scope).items() for row in rows], wanted


def late(scope: Sequence[str]) -> Retards:
    """How many waited beyond the limits when they were last counted."""
    rows = [row for rows in _read(scope).values() for row in rows]
    return Retards(
        sum(row["non_enregistrees"]["en_retard"] for row in rows), sum(row["non_decidees"]["en_retard"] for row in rows)
    )


def median_of(prefecture: str, libelle: str) -> tuple[int | None, int]:
    """Median days from filing to decision over the period for one préfecture and one object, and how many decisions."""
    row = next((row for row in _read([prefecture]).get(prefecture, []) if row["libelle"] == libelle), None)
    return (row["decision_median"], row["decisions"]) if row else (None, 0)


def _groups(prefecture: str, since: str) -> dict[str, _Groupe]:
    lately = [{"enregistree_date": {"$gte": since}}, {"decision_date": {"$gte": since}}]
    criteria = {"prefecture": prefecture, "$or": [*lately, {"state": {"$in": list(etats.EN_INSTRUCTION)}}]}
    names = ("libelle", "state", "depot_date", "enregistree_date", "decision_date")
    groups: dict[str, _Groupe] = {}
    for row in collection_of(Ligne).find(criteria, dict.fromkeys(names, 1)):
        _add(groups.setdefault(row["libelle"], _Groupe()), row, since)
    return groups


def _add(group: _Groupe, row: dict[str, Any], since: str) -> None:
    filed = date.fromisoformat(row["depot_date"])
    registered, decided = row.get("enregistree_date") or "", row.get("decision_date") or ""
    under_way = row["state"] in etats.EN_INSTRUCTION
    if registered >= since:
        group.registered.append((date.fromisoformat(registered) - filed).days)
    elif not registered and under_way:
        group.unread.append(row["depot_date"])
    if under_way:
        group.undecided.append(row["depot_date"])
    elif decided >= since:
        group.decided.append((date.fromisoformat(decided) - filed).days)


def _in_short(libelle: str, group: _Groupe, today: date, wanted: Limites) -> dict[str, Any]:
    def waiting(filed: list[str], days: int) -> dict[str, Any]:
        before = (today - timedelta(days=days)).isoformat()
        # The oldest day and not its age: it grows older without being read again.
        late = sum(day < before for day in filed)
        return {"nombre": len(filed), "en_retard": late, "depuis": min(filed, default="")}

    return {
        "libelle": libelle,
        "enregistrements": len(group.registered),
        "enregistrement_median": _median(group.registered),
        "enregistrement_max": max(group.registered, default=None),
        "non_enregistrees": waiting(group.unread, wanted.enregistrement),
        "decisions": len(group.decided),
        "decision_median": _median(group.decided),
        "decision_max": max(group.decided, default=None),
        "non_decidees": waiting(group.undecided, wanted.decision),
    }


def _delai(prefecture: str, row: dict[str, Any], today: date, wanted: Limites) -> Delai:
    registered = _longest(row["enregistrement_max"], row["non_enregistrees"], today)
    decided = _longest(row["decision_max"], row["non_decidees"], today)
    return Delai(
        prefecture=prefecture,
        libelle=row["libelle"],
        enregistrements=row["enregistrements"],
        enregistrement_median=row["enregistrement_median"],
        enregistrement_max=registered,
        non_enregistrees=row["non_enregistrees"]["nombre"],
        decisions=row["decisions"],
        decision_median=row["decision_median"],
        decision_max=decided,
        non_decidees=row["non_decidees"]["nombre"],
        alerte_enregistrement=(registered or 0) > wanted.enregistrement,
        alerte_decision=(decided or 0) > wanted.decision,
    )


def _longest(done: int | None, waiting: dict[str, Any], today: date) -> int | None:
    """The longest of what was done and of what still waits."""
    days = [(today - date.fromisoformat(waiting["depuis"])).days] if waiting["depuis"] else []
    return max([*days, *([done] if done is not None else [])], default=None)


def _median(days: Sequence[int]) -> int | None:
    return sorted(days)[len(days) // 2] if days else None


def _read(scope: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found = _kept().find_one(_KEY, {f"prefectures.{code}": 1 for code in scope}) or {}
    return dict(sorted(found.get("prefectures", {}).items()))


def _kept() -> Collection[dict[str, Any]]:
    return mongo.database(ALIAS)["delais"]
