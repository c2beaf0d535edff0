"""Every query of a test is looked at by MongoDB's own profiler: none scans, none reads ten times what it gives back.

Ask for the fixture `profiled` (after `mongo`); it fails the test at its end, naming the queries.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from pymongo import MongoClient

from chassis.settings import SERVICES

MOST_EXAMINED_PER_RETURNED = 10
# A handful of keys looked at is cheap whatever is returned: a conflict finds one document and changes none.
FLOOR = 10
# Counting is bounded by its limit, and returns one document whatever it counted.
MOST_COUNTED = 1000
PROFILE_BYTES = 16 * 1024 * 1024
_LOOKED_AT = ("query", "getmore", "update", "remove", "command")


@dataclass
class Profiled:
    """The databases looked at. `allowed` holds collections whose reads are exempt, each with its reason."""

    client: MongoClient[dict[str, Any]]
    databases: list[str]
    allowed: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Forgets what was seen and looks at every operation from here."""
        for name in self.databases:
            database = self.client[name]
            database.command("profile", 0)
            database.drop_collection("system.profile")
            database.create_collection("system.profile", capped=True, size=PROFILE_BYTES)
            database.command("profile", 2)

    def stop(self) -> list[dict[str, Any]]:
        """Stops looking and leaves nothing behind, which only root may empty; everything that was seen."""
        seen: list[dict[str, Any]] = []
        for name in self.databases:
            self.client[name].command("profile", 0)
            seen += list(self.client[name]["system.profile"].find())
            self.client[name].drop_collection("system.profile")
        return seen

    def faults(self, seen: Sequence[dict[str, Any]]) -> list[str]:
        """The operations that scan or read too much, one line each."""
        return [_line(entry) for entry in seen if self._is_ours(entry) and _is_fault(entry)]

    def _is_ours(self, entry: dict[str, Any]) -> bool:
        collection = entry["ns"].partition(".")[2]
        return not (collection.startswith("system.") or collection in self.allowed or entry["op"] not in _LOOKED_AT)


@pytest.fixture
def profiled(mongo: Any) -> Iterator[Profiled]:
    """Looks at every query that the test makes in the databases of the services and of its module."""
    looked_at = Profiled(mongo.client, [*(f"sejour_{service}" for service in SERVICES), mongo.database])
    looked_at.start()
    yield looked_at
    faults = looked_at.faults(looked_at.stop())
    assert not faults, "queries that scan or read too much:\n  " + "\n  ".join(faults)


def _pipeline(entry: dict[str, Any]) -> list[dict[str, Any]]:
    command = entry.get("originatingCommand") or entry.get("command") or {}
    found = command.get("pipeline")
    return list(found) if isinstance(found, list) else []


def _is_fault(entry: dict[str, Any]) -> bool:
    if "COLLSCAN" in entry.get("planSummary", ""):
        return True
    given = max(entry.get("nreturned", 0), entry.get("nMatched", 0), entry.get("ndeleted", 0))
    most: int = max(FLOOR, MOST_EXAMINED_PER_RETURNED * given)
    if any("$group" in stage or "$count" in stage for stage in _pipeline(entry)):
        most = MOST_COUNTED
    examined: int = max(entry.get("docsExamined", 0), entry.get("keysExamined", 0))
    return examined > most


def _line(entry: dict[str, Any]) -> str:
    figures = {name: entry.get(name, 0) for name in ("docsExamined", "keysExamined", "nreturned", "nMatched")}
    command = {name: value for name, value in entry.get("command", {}).items() if name not in ("lsid", "$clusterTime")}
    return (
        f"{entry['op']} {entry['ns']} {entry.get('planSummary', '')} {figures} {json.dumps(command, default=str)[:400]}"
    )
