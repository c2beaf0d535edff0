"""From the outbox to the log and the broker: what remains in an outbox is what is not sent.

Each document is claimed by a lease, so that several relays seldom repeat one another; when they do, the key of the log
and the unique keys of the consumers make it harmless.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database

from chassis import clock, commandes, faits, telemetry
from chassis.mongo import Aggregate, collection_of
from chassis.outbox import COMMANDE, FAIT

LEASE = timedelta(seconds=10)
BATCH = 100
UNSENT: dict[str, Any] = {"outbox.event_id": {"$gt": ""}}

# Publishes entries and returns the event ids that the broker acknowledged.
Publish = Callable[[list[dict[str, Any]]], Awaitable[set[str]]]
Blocking = Callable[..., Awaitable[Any]]


class Relay:
    """Empties the outboxes of one service's aggregates; any number of them may run."""

    def __init__(self, db: Database[dict[str, Any]], documents: tuple[type[Aggregate], ...], publish: Publish, blocking: Blocking) -> None:
        self._db, self._documents, self._publish, self._blocking = db, documents, publish, blocking
        self._name = f"{os.getpid()}-{clock.new_id()}"

    async def run_once(self) -> int:
        """Sends one batch per kind of aggregate; returns how many entries left their outbox."""
        return sum([await self._run(document) for document in self._documents])

    async def _run(self, document: type[Aggregate]) -> int:
        claimed: list[dict[str, Any]] = await self._blocking(self._claim, document)
        if not claimed:
            return 0
        entries = [entry for doc in claimed for entry in doc["outbox"]]
        stored = await self._blocking(self._store, entries)
        sent = stored | await self._publish([entry for entry in entries if entry["kind"] != COMMANDE])
        await self._blocking(self._release, document, claimed, sent)
        return len(sent)

    def _claim(self, document: type[Aggregate]) -> list[dict[str, Any]]:
        collection, now = collection_of(document), clock.now()
        free = {"$or": [{"lease_time": None}, {"lease_time": {"$lt": now}}]}
        ids = [doc["_id"] for doc in collection.find(UNSENT | free, {"_id": 1}).sort("outbox.event_id", 1).limit(BATCH)]
        if not ids:
            return []
        collection.update_many(
            {"_id": {"$in": ids}} | free, {"$set": {"lease_owner": self._name, "lease_time": now + LEASE}}
        )
        return list(collection.find({"_id": {"$in": ids}, "lease_owner": self._name}, {"outbox": 1}))

    def _store(self, entries: list[dict[str, Any]]) -> set[str]:
        """Copies facts to the log before they are published, and moves commands to their own collection."""
        faits.append(self._db, [entry for entry in entries if entry["kind"] == FAIT])
        orders = [entry for entry in entries if entry["kind"] == COMMANDE]
        for order in orders:
            commandes.store(self._db, order)
        return {order["event_id"] for order in orders}

    def _release(self, document: type[Aggregate], claimed: list[dict[str, Any]], sent: set[str]) -> None:
        writes = []
        for doc in claimed:
            mine = [entry["event_id"] for entry in doc["outbox"] if entry["event_id"] in sent]
            change: dict[str, Any] = {"$unset": {"lease_owner": 1, "lease_time": 1}}
            if mine:
                change["$pull"] = {"outbox": {"event_id": {"$in": mine}}}
            else:
                # The broker did not answer: the lease stays and spaces the attempts.
                change = {"$set": {"lease_time": clock.now() + timedelta(seconds=1)}}
            writes.append(UpdateOne({"_id": doc["_id"], "lease_owner": self._name}, change))
        collection_of(document).bulk_write(writes, ordered=False)


def depth(documents: tuple[type[Aggregate], ...]) -> int:
    """How many aggregates hold something unsent."""
    count = sum(collection_of(document).count_documents(UNSENT, limit=10_000) for document in documents)
    telemetry.outbox_depth.set(count)
    return count
