"""One worker of a service looks for what nobody was told of, and sends; the others stand by until its lease ends.

So ten replicas at rest ask the store hardly more than one. The lease spares work and orders nothing: two workers that
both believe they hold it send the same facts twice, which the keys of the log and of the consumers make harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import mongoengine as me
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from chassis import clock
from chassis.mongo import collection_of, union

COLLECTION, KEY = "baux", "veille"
# Renewed at each look, of which it outlives two that fail.
LEASE = timedelta(seconds=15)
LOOK_SECONDS = 5.0
_OVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Queue:
    """Documents that wait for a kind of work: the name that calls for it, where they are, how they are found now."""

    name: str
    collection: str
    criteria: Callable[[], Mapping[str, Any]]

    @classmethod
    def of(cls, document: type[me.Document], criteria: Mapping[str, Any]) -> Queue:
        """Documents of this class in a state that does not depend on the hour; a write of one calls for the work."""
        name = collection_of(document).name
        return cls(name, name, lambda: criteria)


class Lead:
    """The lease, as one worker sees it.

    `name` is the same after a restart and of no other worker alive: who dies takes its lease up again at once.
    """

    def __init__(self, db: Database[dict[str, Any]], name: str) -> None:
        self._leases, self._name = db[COLLECTION], name

    def hold(self) -> bool:
        """Takes the lease when it is free, keeps it when it is ours; whether we have it."""
        now = clock.now()
        ours = {"_id": KEY, "$or": [{"owner": self._name}, {"until_time": {"$lt": now}}]}
        try:
            self._leases.update_one(ours, {"$set": {"owner": self._name, "until_time": now + LEASE}}, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    def release(self) -> None:
        """Gives the lease up, so that nobody waits for its end."""
        self._leases.update_one({"_id": KEY, "owner": self._name}, {"$set": {"until_time": _OVER}})


def look(db: Database[dict[str, Any]], queues: Sequence[Queue]) -> frozenset[str]:
    """The names of the queues in which something waits: one command, whatever their number."""

    def one(queue: Queue) -> list[dict[str, Any]]:
        return [{"$match": queue.criteria()}, {"$limit": 1}, {"$project": {"_id": {"$literal": queue.name}}}]

    return frozenset(str(row["_id"]) for row in union(db, [(queue.collection, one(queue)) for queue in queues]))
