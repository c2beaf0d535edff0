"""Facts that never took effect here are fetched from the log of their source and handled.

JetStream can lose acknowledged messages when a machine dies; the source's log cannot. Each consumer asks for the facts
of its subjects and handles those it has no receipt for.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from chassis import clock, logs, telemetry
from chassis.event_log import PAGE, without_receipt
from chassis.inbox import NAK, Handlers, Inbox, Received, sources
from chassis.rpc import Client
from droit.decision import Refused
from sejour.chassis.v1 import faits_pb2

METHOD = "sejour.chassis.v1.FaitsService/ListFaits"
# A fact younger than this may simply be on its way.
GRACE = timedelta(seconds=30)
# Facts enter the log slightly out of order when several relays work: each pass looks back a little.
OVERLAP = timedelta(minutes=2)


@dataclass
class Memory:
    """What this process knows of one source since its last pass: the cursor, and which of its last facts arrived."""

    state: dict[str, Any] | None = None
    received: frozenset[str] = frozenset()


def reconcile(
    db: Database[dict[str, Any]],
    client: Client,
    handlers: Handlers,
    grace: timedelta = GRACE,
    memories: MutableMapping[str, Memory] | None = None,
) -> int:
    """One pass over every source; returns how many missed facts were handled.

    A source that does not answer waits for the next pass. With `memories`, what the passes before have found is not
    asked of the store again.
    """
    inbox = Inbox(db, handlers)
    known = {} if memories is None else memories
    return sum(
        _Source(db, client, inbox, source, subjects, known.setdefault(source, Memory())).catch_up(clock.now() - grace)
        for source, subjects in sources(handlers).items()
    )


@dataclass(frozen=True)
class _Source:
    """The log of one service, read from where the last pass stopped."""

    db: Database[dict[str, Any]]
    client: Client
    inbox: Inbox
    name: str
    subjects: list[str]
    memory: Memory

    def catch_up(self, until: datetime) -> int:
        """Handles the facts logged before `until` that have no receipt; stops at the first that cannot be handled."""
        if self.memory.state is None:
            self.memory.state = self.db["reconciliations"].find_one({"_id": self.name}) or {}
        state = self.memory.state
        cursor = state.get("after_time")
        after: datetime | None = cursor - OVERLAP if cursor else None
        found = 0
        while True:
            page = self._page(after)
            old = [fait for fait in page if datetime.fromisoformat(fait.log_time) <= until]
            seen = frozenset(fait.event_id for fait in old)
            missing = without_receipt(self.db, sorted(seen - self.memory.received))
            for fait in (each for each in old if each.event_id in missing):
                if not self._handle(fait, state):
                    return found
                found += 1
            self.memory.received = seen
            if not old:
                return found
            last = datetime.fromisoformat(old[-1].log_time)
            if cursor is None or last > cursor:
                self._keep({"$max": {"after_time": last}})
                state["after_time"] = cursor = last
            if len(old) < PAGE:
                return found
            # Few facts share an instant, so a full page of one instant holds all of them: go on after it.
            after = last if last != after else last + timedelta(milliseconds=1)

    def _page(self, after: datetime | None) -> list[faits_pb2.Fait]:
        request = faits_pb2.ListFaitsRequest(
            subjects=self.subjects, after_time=after.isoformat() if after else "", page_size=PAGE
        )
        try:
            answer = self.client.call(self.name, METHOD, request, faits_pb2.ListFaitsResponse, deadline=5)
        except Refused as refused:
            logs.get().info("reconciler.source_silent", source=self.name, reason=refused.motif.code)
            return []
        return list(answer.faits)

    def _handle(self, fait: faits_pb2.Fait, state: dict[str, Any]) -> bool:
        """Whether the pass may go on: the fact took effect, or was set aside after as many attempts as on the bus."""
        attempt = state["attempts"] + 1 if state.get("failing") == fait.event_id else 1
        [outcome] = self.inbox.handle_batch([_received(fait, attempt)])
        if outcome == NAK:
            failing = {"failing": fait.event_id, "attempts": attempt}
            self._keep({"$set": failing})
            state |= failing
            return False
        telemetry.reconciled.labels(self.name).inc()
        logs.get().info("reconciler.handled", source=self.name, event_id=fait.event_id, outcome=outcome)
        return True

    def _keep(self, change: dict[str, Any]) -> None:
        self.db["reconciliations"].update_one({"_id": self.name}, change, upsert=True)


def _received(fait: faits_pb2.Fait, attempt: int) -> Received:
    headers = {
        "Nats-Msg-Id": fait.event_id,
        "sejour-type": fait.type,
        "sejour-aggregate": fait.aggregate,
        "sejour-version": str(fait.version),
        "sejour-parcours": fait.parcours,
        "sejour-day": fait.day,
        "sejour-time": fait.time,
    }
    return Received(fait.subject, fait.payload, headers, attempt)
