"""What the running services do in MongoDB and on the bus meanwhile: commands told from polls, facts received."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pymongo import MongoClient

from chassis.settings import SERVICES
from dev.stack import Stack
from loadtests.metrics import scrape
from tests.profiler import Profiled
from tests.waiting import wait_until

NAME = "compte"
# What a command says of its connection, and not of what it asks.
_CARRIED = frozenset(
    {"lsid", "txnNumber", "$clusterTime", "$db", "readConcern", "writeConcern", "$readPreference", "limit", "maxTimeMS"}
)
# What comes now and then whatever was done: the reconciler, once a minute, and what notes that somebody is there.
_APART = ("reconciliations", "rejets", "veille", "baux", "comptes_jour", "comptes_mois", "comptes_etat")
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
            seen = {_shape(entry) for entry in self._watch(()) if _is_a_command(entry)}
            looks = 0 if seen - self._polls else looks + 1
            self._polls |= seen

    def of(self, acts: Sequence[Callable[[], object]]) -> tuple[Counter[str], float]:
        """The commands that `acts` cause in all services until nothing is left to do, by kind; the facts received."""
        facts, (commits, updates) = self._received(), self._done()
        seen = self._watch(acts)
        committed, updated = self._done()
        counted = [entry for entry in seen if self._counts(entry)]
        caused = Counter(map(_shape, counted))
        # The profiler does not note the end of a transaction, which is a command too; of an update it notes each
        # statement.
        caused["commitTransaction"] = committed - commits
        statements = sum(entry["op"] == "update" for entry in seen)
        caused["statements beyond the first of an update"] = updated - updates - statements
        return caused, self._received() - facts

    def _watch(self, acts: Sequence[Callable[[], object]]) -> Seen:
        self._profiled.start()
        # At once, so that what works in batches has some however slow the machine is.
        with ThreadPoolExecutor(max(1, len(acts))) as people:
            list(people.map(lambda act: act(), acts))
        self._stack.clock.wait_quiet()
        # Who reads a queue has it compared some seconds later, on her account and on nobody else's.
        wait_until("what was read is compared", lambda: not self._to_compare())
        self._stack.clock.wait_quiet()
        return self._profiled.stop()

    def _to_compare(self) -> bool:
        kept = self._client["sejour_deposit"]["relectures"].find_one({"_id": "relectures"})
        return bool(kept and kept["a_relire"])

    def _counts(self, entry: dict[str, Any]) -> bool:
        return _is_a_command(entry) and (_shape(entry) not in self._polls or _changed(entry))

    def _done(self) -> tuple[int, int]:
        """How many transactions were committed and how many update commands were run since the server began."""
        status = self._client.admin.command("serverStatus")
        return int(status["transactions"]["totalCommitted"]), int(status["metrics"]["commands"]["update"]["total"])

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
