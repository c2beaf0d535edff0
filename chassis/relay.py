"""From the outbox to the log and the broker: what is still in an outbox has not been sent.

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

from chassis import clock, commands, event_log, logs, telemetry
from chassis.mongo import Aggregate, collection_of, tally
from chassis.outbox import COMMAND, CONTACT, FACT

LEASE = timedelta(seconds=10)
BATCH = 100
UNSENT: dict[str, Any] = {"outbox.event_id": {"$gt": ""}}

# Publishes entries and returns the event ids that the broker acknowledged.
Publish = Callable[[list[dict[str, Any]]], Awaitable[set[str]]]
Blocking = Callable[..., Awaitable[Any]]
Claimed = dict[type[Aggregate], list[dict[str, Any]]]


class Relay:
    """Empties the outboxes of one service's aggregates; any number of them may run."""

    def __init__(
        self, db: Database[dict[str, Any]], documents: tuple[type[Aggregate], ...], publish: Publish, blocking: Blocking
    ) -> None:
        self._db, self._documents, self._publish, self._blocking = db, documents, publish, blocking
        self._name = f"{os.getpid()}-{clock.new_id()}"
        # Where the next claim starts, per kind of aggregate: while the broker is silent each pass goes further, so that
        # what needs no broker (the log, the commands) never waits behind what does.
        self._after: dict[type[Aggregate], str] = {}

    async def run_once(self) -> int:
        """Sends one batch per kind of aggregate, all together; returns how many entries left their outbox."""
        claimed: Claimed = await self._blocking(self._claim)
        if not claimed:
            return 0
        entries = [entry for docs in claimed.values() for doc in docs for entry in doc["outbox"]]
        stored, refused = await self._blocking(self._store, entries)
        due = [entry for entry in entries if entry["kind"] != COMMAND and entry["event_id"] not in refused]
        sent: set[str] = stored | await self._send(due)
        await self._blocking(self._release, claimed, sent)
        return len(sent)

    async def _send(self, entries: list[dict[str, Any]]) -> set[str]:
        """Publishes; of a contact only the last value goes, and the values it replaces leave with it."""
        contacts = sorted((entry["event_id"], entry["subject"]) for entry in entries if entry["kind"] == CONTACT)
        last = {subject: event_id for event_id, subject in contacts}
        live = [entry for entry in entries if last.get(entry["subject"], entry["event_id"]) == entry["event_id"]]
        sent = await self._publish(live) if live else set()
        return sent | {entry["event_id"] for entry in entries if last.get(entry["subject"]) in sent}

    def _claim(self) -> Claimed:
        found = {document: self._claim_of(document) for document in tally(self._documents, UNSENT, 1)}
        return {document: docs for document, docs in found.items() if docs}

    def _claim_of(self, document: type[Aggregate]) -> list[dict[str, Any]]:
        collection, now = collection_of(document), clock.now()
        free = {"$or": [{"lease_time": None}, {"lease_time": {"$lt": now}}]}
        unsent = {"outbox.event_id": {"$gt": self._after.pop(document, "")}}
        # The index gives them oldest first; asked to sort, MongoDB would read every unsent one for each batch.
        found = list(collection.find(unsent | free, {"outbox": 1}).limit(BATCH))
        if not found:
            return []
        ids = [doc["_id"] for doc in found]
        leased = collection.update_many(
            {"_id": {"$in": ids}} | free, {"$set": {"lease_owner": self._name, "lease_time": now + LEASE}}
        )
        if leased.modified_count == len(ids):
            # What another relay sent meanwhile is sent again; its key shows that it is a repeat.
            return found
        mine = {"_id": {"$in": ids}, "lease_owner": self._name, "outbox.event_id": {"$gt": ""}}
        return list(collection.find(mine, {"outbox": 1}))

    def _store(self, entries: list[dict[str, Any]]) -> tuple[set[str], set[str]]:
        """Copies facts to the log before they are published, and moves commands to their own collection.

        Returns the entries that became commands, and those that the log refuses: what is not in it is not published.
        """
        refused = event_log.append(self._db, [entry for entry in entries if entry["kind"] == FACT])
        for event_id in refused:
            logs.get().error("relay.history_forked", event_id=event_id)
        orders = [entry for entry in entries if entry["kind"] == COMMAND]
        for order in orders:
            commands.store(self._db, order)
        return {order["event_id"] for order in orders}, refused

    def _release(self, claimed: Claimed, sent: set[str]) -> None:
        for document, docs in claimed.items():
            collection_of(document).bulk_write([self._released(doc, sent) for doc in docs], ordered=False)
            if any(entry["event_id"] not in sent for doc in docs for entry in doc["outbox"]):
                self._after[document] = max(doc["outbox"][0]["event_id"] for doc in docs)

    def _released(self, doc: dict[str, Any], sent: set[str]) -> UpdateOne:
        mine = [entry["event_id"] for entry in doc["outbox"] if entry["event_id"] in sent]
        change: dict[str, Any] = {"$unset": {"lease_owner": 1, "lease_time": 1}}
        if mine:
            change["$pull"] = {"outbox": {"event_id": {"$in": mine}}}
        else:
            # The broker did not answer: the lease stays and spaces the attempts.
            change = {"$set": {"lease_time": clock.now() + timedelta(seconds=1)}}
        return UpdateOne({"_id": doc["_id"], "lease_owner": self._name}, change)


def depth(documents: tuple[type[Aggregate], ...]) -> int:
    """How many aggregates hold something unsent, counted up to a thousand of each kind."""
    count = sum(tally(documents, UNSENT, 1000).values())
    telemetry.outbox_depth.set(count)
    return count
