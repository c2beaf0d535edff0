"""Days from filing to registration and to decision, per préfecture and title, with alerts set by settings (DEP-64)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from chassis import clock
from chassis.mongo import collection_of
from services.deposit.cadre import cadre
from services.deposit.dossier.rules import etats
from services.deposit.instruction.store import Ligne

PERIODE_JOURS = 90
LIGNES_MAX = 20_000
MEDIANE_MAX = 500


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
    registered: list[int] = field(default_factory=list)
    decided: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)
    undecided: list[int] = field(default_factory=list)


def limits(day: date) -> Limites:
    """What the deployment sets."""
    return Limites(cadre().number("P-DELAI", day), cadre().number("P-DECISION", day))


def measure(scope: Sequence[str]) -> tuple[list[Delai], Limites]:
    """The figures: what happened in the last ninety days, however long ago the filing was, and what waits today."""
    today = clock.today()
    since, wanted = (today - timedelta(days=PERIODE_JOURS)).isoformat(), limits(today)
    lately = [{"enregistree_date": {"$gte": since}}, {"decision_date": {"$gte": since}}]
    criteria = {
        "prefecture": {"$in": list(scope)},
        "$or": [*lately, {"state": {"$in": list(etats.EN_INSTRUCTION)}}],
    }
    names = ("prefecture", "libelle", "state", "depot_date", "enregistree_date", "decision_date")
    groups: dict[tuple[str, str], _Groupe] = {}
    for row in collection_of(Ligne).find(criteria, dict.fromkeys(names, 1)).limit(LIGNES_MAX):
        _add(groups.setdefault((row["prefecture"], row["libelle"]), _Groupe()), row, since, today)
    return [_delai(key, group, wanted) for key, group in sorted(groups.items())], wanted


def late(scope: Sequence[str]) -> Retards:
    """How many wait today beyond the limits."""
    today = clock.today()
    wanted = limits(today)
    under_way = {"prefecture": {"$in": list(scope)}, "state": {"$in": list(etats.EN_INSTRUCTION)}}

    def count(days: int, **more: Any) -> int:
        before = (today - timedelta(days=days)).isoformat()
        return collection_of(Ligne).count_documents(under_way | {"depot_date": {"$lt": before}} | more)

    return Retards(count(wanted.enregistrement, enregistree_date={"$in": [None, ""]}), count(wanted.decision))


def median_of(prefecture: str, libelle: str, today: date) -> tuple[int | None, int]:
    """Median days from filing to decision over the period for one préfecture and one object, and how many decisions."""
    since = (today - timedelta(days=PERIODE_JOURS)).isoformat()
    criteria = {"prefecture": prefecture, "decision_date": {"$gte": since}, "libelle": libelle}
    rows = collection_of(Ligne).find(criteria, {"depot_date": 1, "decision_date": 1}).limit(MEDIANE_MAX)
    days = [(date.fromisoformat(r["decision_date"]) - date.fromisoformat(r["depot_date"])).days for r in rows]
    return _median(days), len(days)


def _add(group: _Groupe, row: dict[str, Any], since: str, today: date) -> None:
    filed = date.fromisoformat(row["depot_date"])
    registered, decided = row.get("enregistree_date") or "", row.get("decision_date") or ""
    under_way = row["state"] in etats.EN_INSTRUCTION
    if registered >= since:
        group.registered.append((date.fromisoformat(registered) - filed).days)
    elif not registered and under_way:
        group.unread.append((today - filed).days)
    if under_way:
        group.undecided.append((today - filed).days)
    elif decided >= since:
        group.decided.append((date.fromisoformat(decided) - filed).days)


def _delai(key: tuple[str, str], group: _Groupe, wanted: Limites) -> Delai:
    return Delai(
        prefecture=key[0],
        libelle=key[1],
        enregistrements=len(group.registered),
        enregistrement_median=_median(group.registered),
        enregistrement_max=max([*group.registered, *group.unread], default=None),
        non_enregistrees=len(group.unread),
        decisions=len(group.decided),
        decision_median=_median(group.decided),
        decision_max=max([*group.decided, *group.undecided], default=None),
        non_decidees=len(group.undecided),
        alerte_enregistrement=max([*group.registered, *group.unread], default=0) > wanted.enregistrement,
        alerte_decision=max([*group.decided, *group.undecided], default=0) > wanted.decision,
    )


def _median(days: Sequence[int]) -> int | None:
    return sorted(days)[len(days) // 2] if days else None
