"""What the running services do in MongoDB and on the bus meanwhile: commands told from polls, facts received."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pymongo import MongoClient

from chassis.settings import SERVICES
from dev.stack import Stack
from loadtests.metrics import scrape
from tests.profiler import Profiled

NAME = "compte"
# What a command says of its connection, and not of what it asks.
_CARRIED = frozenset(
    {"lsid", "txnNumber", "$clusterTime", "$db", "readConcern", "writeConcern", "$readPreference", "limit", "maxTimeMS"}
)
# What comes now and then whatever was done: the reconciler, once a minute, and what notes that somebody is there.
_APART = ("reconciliations", "rejets", "veille", "comptes_jour", "comptes_mois", "comptes_etat")
# A poll that comes every few seconds is seen at rest before so many looks in a row show nothing new.
_LOOKS = 8

Seen = list[dict[str, Any]]


class Compte:
    """Counts what acts cause: what also runs at rest is a poll, and counts only when it changed something."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._client = MongoClient[dict[str, Any]](stack.mongodb_uri, appname=NAME, tz_aware=True)
        self._profiled = Profiled(self._client, [f"sejour_{service}" for service in SERVICES])
        self._polls: set[str] = set()

    def close(self) -> None:
        """Leaves the server."""
        self._client.close()

    def rest(self) -> None:
        """Learns what runs when nobody does anything."""
        self._stack.clock.wait_quiet()
        looks = 0
        while looks < _LOOKS:
            seen = {_shape(entry) for entry in self._watch(())}
            looks = 0 if seen - self._polls else looks + 1
            self._polls |= seen

    def of(self, acts: Sequence[Callable[[], object]]) -> tuple[Counter[str], float]:
        """The commands that `acts` cause in all services until nothing is left to do, by kind; the facts received."""
        facts, commits = self._received(), self._committed()
        caused = Counter(self._caused(self._watch(acts)))
        # The profiler does not note the end of a transaction, which is a command too.
        caused["commitTransaction"] = self._committed() - commits
        return +caused, self._received() - facts

    def _watch(self, acts: Sequence[Callable[[], object]]) -> Seen:
        self._profiled.start()
        # At once, so that what works in batches has some however slow the machine is.
        with ThreadPoolExecutor(max(1, len(acts))) as people:
            list(people.map(lambda act: act(), acts))
        self._stack.clock.wait_quiet()
        return [entry for entry in self._profiled.stop() if _is_a_command(entry)]

    def _caused(self, seen: Seen) -> Iterator[str]:
        batch: tuple[Any, ...] = ()
        for entry in seen:
            shape = _shape(entry)
            # Each statement of a batch of updates is noted, all at one instant: one command.
            same = batch == (batch := (shape, entry["ts"], entry["op"] == "update"))
            if not (same and batch[2]) and (shape not in self._polls or _changed(entry)):
                yield shape

    def _committed(self) -> int:
        return int(self._client.admin.command("serverStatus")["transactions"]["totalCommitted"])

    def _received(self) -> float:
        ports = {f"{service}.worker": self._stack.port(service, "worker", "ops") for service in SERVICES}
        return sum(buckets[math.inf] for buckets in scrape(ports).lag.values())


def _is_a_command(entry: dict[str, Any]) -> bool:
    collection = entry["ns"].partition(".")[2]
    ours = entry.get("appName") != NAME and not collection.startswith("system.") and collection not in _APART
    asked = entry.get("command", {}).get("filter", {})
    reconciled = (collection == "faits" and "subject" in asked) or (collection == "recus" and entry["op"] == "query")
    return ours and not reconciled and entry["op"] in ("query", "getmore", "insert", "update", "remove", "command")


def _changed(entry: dict[str, Any]) -> bool:
    return any(entry.get(name, 0) for name in ("nModified", "ninserted", "ndeleted", "nUpserted"))


def _shape(entry: dict[str, Any]) -> str:
    """The database, the collection, and the names in what is asked, whatever the values."""
    return f"{entry['op']} {entry['ns']} {_names(entry.get('command', {}))}"


def _names(asked: Any) -> str:
    if isinstance(asked, Mapping):
        return "{" + ",".join(f"{n}{_names(v)}" for n, v in sorted(asked.items()) if n not in _CARRIED) + "}"
    if isinstance(asked, list):
        return "[" + ",".join(sorted({_names(value) for value in asked})) + "]"
    return ""
