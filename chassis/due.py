"""What the legal clock makes due: dates live in the aggregate, a worker claims the document and runs the dict DUE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from pymongo import ReturnDocument

from chassis import clock, logs
from chassis.lead import Queue
from chassis.mongo import Aggregate, collection_of, tally
from chassis.outbox import DUE

# (document class, kind) -> action(aggregate id, the day it fell due, today)
Due = Mapping[tuple[type[Aggregate], str], Callable[[str, date, date], object]]

# The kind of DUE whose action is run each time that work of a document fails: it says nothing twice by itself.
FAILED = "echec"
LEASE = timedelta(seconds=30)
# What keeps failing is tried less and less often, but at least once an hour.
LONGEST_LEASE = 120 * LEASE
BATCH = 50


def plan(doc: Aggregate, **dates: date | None) -> None:
    """Sets or clears (None) due days of `doc`; they are stored with what else its action changes."""
    kept = {entry["kind"]: entry["date"] for entry in doc.due_dates}
    for kind, day in dates.items():
        if day is None:
            kept.pop(kind, None)
        else:
            kept[kind] = day.isoformat()
    doc.due_dates = [{"kind": kind, "date": day} for kind, day in sorted(kept.items(), key=lambda item: item[1])]
    doc.next_due_date = date.fromisoformat(min(kept.values())) if kept else None


def queues(due: Due) -> tuple[Queue, ...]:
    """Where the documents wait whose work may be done now."""
    names = sorted({collection_of(document).name for document, _ in due})
    return tuple(Queue(DUE, name, lambda: _free(clock.today(), clock.now())) for name in names)


def run_due(due: Due) -> int:
    """Runs what is due today, once; returns how many documents were worked on."""
    waiting = tally({document for document, _ in due}, _free(clock.today(), clock.now()), 1)
    return sum(_run_document(document, due) for document in waiting)


def count_due(due: Due) -> int:
    """How many documents are due today or before (for `/quiet` and metrics)."""
    return sum(tally({document for document, _ in due}, _criteria(clock.today()), 1000).values())


def count_failing(due: Due) -> int:
    """How many documents have work that failed the last time it was tried (for metrics)."""
    return sum(tally({document for document, _ in due}, {"due_failures": {"$gt": 0}}, 1000).values())


def _criteria(today: date) -> dict[str, Any]:
    return {"next_due_date": {"$gt": "", "$lte": today.isoformat()}}


def _free(today: date, now: datetime) -> dict[str, Any]:
    return _criteria(today) | {"$or": [{"due_lease_time": None}, {"due_lease_time": {"$lt": now}}]}


def _run_document(document: type[Aggregate], due: Due) -> int:
    collection = collection_of(document)
    worked = 0
    while worked < BATCH:
        today, now = clock.today(), clock.now()
        claimed = collection.find_one_and_update(
            _free(today, now),
            {"$set": {"due_lease_time": now + LEASE}},
            projection={"echeances": 1, "due_failures": 1},
            sort=[("next_due_date", 1)],
            return_document=ReturnDocument.AFTER,
        )
        if claimed is None:
            break
        worked += 1
        failures = claimed.get("due_failures") or 0
        if not _run_one(document, due, claimed, today):
            longer = min(LEASE * 2 ** min(failures, 10), LONGEST_LEASE)
            postponed = {"due_failures": failures + 1, "due_lease_time": now + longer}
            collection.update_one({"_id": claimed["_id"]}, {"$set": postponed})
            _say_failed(document, due, claimed["_id"], today)
            continue
        if failures:
            collection.update_one({"_id": claimed["_id"]}, {"$unset": {"due_failures": 1}})
        # An action that leaves its own due day in place would be called again and again: its lease stays.
        moved = {"_id": claimed["_id"], "due_lease_time": now + LEASE, "echeances": {"$ne": claimed["echeances"]}}
        freed = collection.update_one(moved, {"$unset": {"due_lease_time": 1}})
        if freed.matched_count == 0:
            logs.get().warning("due.unmoved", document=document.__name__, id=claimed["_id"])
    return worked


def _say_failed(document: type[Aggregate], due: Due, ident: str, today: date) -> None:
    """Tells whoever must know that work of this document fails; should this fail too, the other documents go on."""
    action = due.get((document, FAILED))
    try:
        if action is not None:
            action(ident, today, today)
    except Exception as error:
        logs.get().error("due.unsaid", document=document.__name__, id=ident, error=type(error).__name__, exc_info=True)


def _run_one(document: type[Aggregate], due: Due, claimed: dict[str, Any], today: date) -> bool:
    """Whether all went well; otherwise the lease stays, so that the next attempt waits for it to end."""
    well = True
    for entry in claimed["echeances"]:
        day = date.fromisoformat(entry["date"])
        if day > today:
            continue
        action = due.get((document, entry["kind"]))
        log = logs.get().bind(document=document.__name__, id=claimed["_id"], kind=entry["kind"], due=entry["date"])
        if action is None:
            log.error("due.unknown")
            well = False
            continue
        try:
            action(claimed["_id"], day, today)
            log.info("due.done")
        except Exception as error:
            # One document that fails must not stop the others; it is tried again after its lease.
            log.error("due.failed", error=type(error).__name__, detail=str(error)[:200], exc_info=True)
            well = False
    return well
