"""From the outbox to the log and the broker: what is still in an outbox has not been sent.

The worker that holds the lease of its service runs the only relay (`chassis/lead.py`). Should two run, the key of the
log and the unique keys of the consumers make what they repeat harmless.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any

from pymongo.database import Database

from chassis import commands, event_log, logs, messages, telemetry
from chassis.lead import Queue
from chassis.mongo import Aggregate, collection_of, tally, union
from chassis.outbox import COMMAND, CONTACT, FACT

BATCH = 200
UNSENT: dict[str, Any] = {"outbox.event_id": {"$gt": ""}}

# Publishes entries and returns the event ids that the broker acknowledged.
Publish = Callable[[list[dict[str, Any]]], Awaitable[set[str]]]
Blocking = Callable[..., Awaitable[Any]]
# By collection, each document with its outbox.
Claimed = dict[str, list[dict[str, Any]]]


class Relay:
    """Empties the outboxes of one service's aggregates, those of the collections that it is told of."""

    def __init__(
        self, db: Database[dict[str, Any]], documents: tuple[type[Aggregate], ...], publish: Publish, blocking: Blocking
    ) -> None:
        self._db, self._publish, self._blocking = db, publish, blocking
        self.collections = frozenset(collection_of(document).name for document in documents)
        # Collections of which the last pass left something, for the next one.
        self.more: frozenset[str] = frozenset()
        # Where the next pass starts, per collection: while the broker is silent each pass goes further, so that what
        # needs no broker (the log, the commands) never waits behind what does.
        self._after: dict[str, str] = {}

    def queues(self) -> tuple[Queue, ...]:
        """Where something waits to be sent."""
        return tuple(Queue(name, name, lambda: UNSENT) for name in sorted(self.collections))

    async def run_once(self, told: Collection[str] | None = None) -> int:
        """Sends one batch of what it is told of (of everything when None); how many entries left their outbox."""
        names = self.collections if told is None else (self.collections & set(told)) | self.more
        claimed: Claimed = await self._blocking(self._claim, names) if names else {}
        entries = [entry for docs in claimed.values() for doc in docs for entry in doc["outbox"]]
        sent: set[str] = set()
        if entries:
            stored, refused = await self._blocking(self._store, entries)
            with_message: dict[str, str] = {}
            for docs in claimed.values():
                for doc in docs:
                    with_message |= messages.carry_contacts(doc["outbox"])
            apart = refused | with_message.keys()
            due = [entry for entry in entries if entry["kind"] != COMMAND and entry["event_id"] not in apart]
            sent = stored | await self._send(due)
            sent |= {contact for contact, message in with_message.items() if message in sent}
            await self._blocking(self._release, claimed, sent)
        self._go_on(names, claimed, sent)
        return len(sent)

    async def _send(self, entries: list[dict[str, Any]]) -> set[str]:
        """Publishes; of a contact only the last value goes, and the values it replaces leave with it."""
        contacts = sorted((entry["event_id"], entry["subject"]) for entry in entries if entry["kind"] == CONTACT)
        last = {subject: event_id for event_id, subject in contacts}
        live = [entry for entry in entries if last.get(entry["subject"], entry["event_id"]) == entry["event_id"]]
        # First the contacts: a message of the same write leaves by them, and would otherwise have to wait.
        parts = ([e for e in live if e["kind"] == CONTACT], [e for e in live if e["kind"] != CONTACT])
        sent = {event_id for part in parts if part for event_id in await self._publish(part)}
        return sent | {entry["event_id"] for entry in entries if last.get(entry["subject"]) in sent}

    def _claim(self, names: Iterable[str]) -> Claimed:
        """A batch of each of these collections, oldest first as the index gives them: one command for all."""

        def unsent(name: str) -> list[dict[str, Any]]:
            match = {"outbox.event_id": {"$gt": self._after.get(name, "")}}
            return [{"$match": match}, {"$limit": BATCH}, {"$project": {"outbox": 1, "de": {"$literal": name}}}]

        claimed: Claimed = {}
        for doc in union(self._db, [(name, unsent(name)) for name in sorted(names)]):
            claimed.setdefault(doc["de"], []).append(doc)
        return claimed

    def _store(self, entries: list[dict[str, Any]]) -> tuple[set[str], set[str]]:
        """Copies facts to the log before they are published, and moves commands to their own collection.

        Returns the entries that became commands, and those that the log refuses: what is not in it is not published.
        """
        refused = event_log.append(self._db, [entry for entry in entries if entry["kind"] == FACT])
        for event_id in refused:
            logs.get().error("relay.history_forked", event_id=event_id)
        orders = [entry for entry in entries if entry["kind"] == COMMAND]
        commands.store(self._db, orders)
        return {order["event_id"] for order in orders}, refused

    def _release(self, claimed: Claimed, sent: set[str]) -> None:
        """Takes out of the outboxes what was sent: one command for each collection."""
        for name, docs in claimed.items():
            left = {doc["_id"]: [e["event_id"] for e in doc["outbox"] if e["event_id"] in sent] for doc in docs}
            gone = [event_id for events in left.values() for event_id in events]
            if gone:
                whose = {"_id": {"$in": [ident for ident, events in left.items() if events]}}
                self._db[name].update_many(whose, {"$pull": {"outbox": {"event_id": {"$in": gone}}}})

    def _go_on(self, names: Iterable[str], claimed: Claimed, sent: set[str]) -> None:
        """Notes where the next pass goes on: behind what could not be sent, from the beginning once all was seen."""
        more = set()
        for name in names:
            docs = claimed.get(name, [])
            if any(entry["event_id"] not in sent for doc in docs for entry in doc["outbox"]):
                self._after[name] = max(doc["outbox"][0]["event_id"] for doc in docs)
                more.add(name)
            elif (self._after.pop(name, "") and docs) or len(docs) == BATCH:
                more.add(name)
        self.more = frozenset(more)


def depth(documents: tuple[type[Aggregate], ...]) -> int:
    """How many aggregates hold something unsent, counted up to a thousand of each kind."""
    count = sum(tally(documents, UNSENT, 1000).values())
    telemetry.outbox_depth.set(count)
    return count
