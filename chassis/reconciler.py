"""Facts that never took effect here are fetched from the log of their source and handled.

JetStream can lose acknowledged messages when a machine dies; the source's log cannot. Each consumer asks for the facts of
its subjects and handles those it has no receipt for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database
from sejour.chassis.v1 import faits_pb2

from chassis import clock, logs, telemetry
from chassis.bus import Handlers, Inbox, Received, sources
from chassis.faits import PAGE, without_receipt
from chassis.rpc import Client
from droit.decision import Refused

METHOD = "sejour.chassis.v1.FaitsService/ListFaits"
# A fact younger than this may simply be on its way.
GRACE = timedelta(seconds=30)
# Facts enter the log slightly out of order when several relays work: each pass looks back a little.
OVERLAP = timedelta(minutes=2)


def reconcile(db: Database[dict[str, Any]], client: Client, handlers: Handlers, grace: timedelta = GRACE) -> int:
    """One pass over every source; returns how many missed facts were handled. A source that is down is for next time."""
    return sum(_reconcile_source(db, client, handlers, (source, subjects, grace)) for source, subjects in sources(handlers).items())


def _reconcile_source(
    db: Database[dict[str, Any]], client: Client, handlers: Handlers, what: tuple[str, list[str], timedelta]
) -> int:
    source, subjects, grace = what
    inbox = Inbox(db, handlers)
    cursor = (db["reconciliations"].find_one({"_id": source}) or {}).get("after_time")
    after: datetime | None = cursor - OVERLAP if cursor else None
    until = clock.now() - grace
    found = 0
    while True:
        request = faits_pb2.ListFaitsRequest(
            subjects=subjects, after_time=after.isoformat() if after else "", page_size=PAGE
        )
        try:
            page = client.call(source, METHOD, request, faits_pb2.ListFaitsResponse, deadline=5)
        except Refused as refused:
            logs.get().info("reconciler.source_silent", source=source, reason=refused.motif.code)
            return found
        old = [fait for fait in page.faits if datetime.fromisoformat(fait.log_time) <= until]
        missing = without_receipt(db, [fait.event_id for fait in old])
        for fait in old:
            if fait.event_id in missing:
                inbox.handle_batch([_received(fait)])
                telemetry.reconciled.labels(source).inc()
                found += 1
        if not old:
            return found
        last = datetime.fromisoformat(old[-1].log_time)
        db["reconciliations"].update_one({"_id": source}, {"$max": {"after_time": last}}, upsert=True)
        if len(old) < PAGE:
            return found
        # A page whose facts all entered in the same millisecond must not be asked for again.
        after = last if last != after else last + timedelta(milliseconds=1)


def _received(fait: faits_pb2.Fait) -> Received:
    headers = {
        "Nats-Msg-Id": fait.event_id,
        "sejour-type": fait.type,
        "sejour-aggregate": fait.aggregate,
        "sejour-version": str(fait.version),
        "sejour-parcours": fait.parcours,
        "sejour-day": fait.day,
        "sejour-time": fait.time,
    }
    return Received(fait.subject, fait.payload, headers, 1)
