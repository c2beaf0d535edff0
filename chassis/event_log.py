"""The append-only log of a service: history of an aggregate, its hash chain, receipts of consumed facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING
from pymongo.database import Database

from chassis import clock
from chassis.mongo import Aggregate, collection_of, insert_all_once
from chassis.outbox import FACT, entry_hash

PAGE = 200
FACTS_PER_INSTANT = 20
RECEIPTS_KEPT_SECONDS = 90 * 86400


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """Unique (aggregate, version): the history cannot fork; the rest serves pages of history and reconcilers."""
    db["faits"].create_index([("aggregate", ASCENDING), ("version", ASCENDING)], unique=True)
    db["faits"].create_index([("parcours", ASCENDING), ("time", ASCENDING)])
    db["faits"].create_index([("subject", ASCENDING), ("copie_time", ASCENDING), ("_id", ASCENDING)])
    db["recus"].create_index("time", expireAfterSeconds=RECEIPTS_KEPT_SECONDS)


def append(db: Database[dict[str, Any]], entries: list[dict[str, Any]]) -> set[str]:
    """Copies facts into the log; those already there change nothing. Time and hash stay those of the act.

    Returns the events refused because another fact holds their (aggregate, version): a defect, never a repeat.
    """
    copied = clock.now()
    docs = [
        {name: value for name, value in entry.items() if name not in ("event_id", "kind", "trace")}
        # Few facts share an instant: a reader who asks page by page "since this instant" always moves on.
        | {"_id": entry["event_id"], "copie_time": copied + timedelta(milliseconds=rank // FACTS_PER_INSTANT)}
        for rank, entry in enumerate(entries)
    ]
    return {str(doc["_id"]) for doc in insert_all_once(db["faits"], docs)}


def history(
    document: type[Aggregate], db: Database[dict[str, Any]], aggregate: str, after_version: int = 0
) -> list[dict[str, Any]]:
    """Facts of one aggregate in order: the log, then what its outbox still holds. At most PAGE from `after_version`."""
    # The outbox first: a fact that moves to the log meanwhile is then seen twice rather than missed.
    stored = collection_of(document).find_one({"_id": aggregate}, {"outbox": 1}) or {}
    return _with_log(db, aggregate, stored.get("outbox", []), after_version)


def history_of(doc: Aggregate, db: Database[dict[str, Any]], after_version: int = 0) -> list[dict[str, Any]]:
    """The same, of a document that was read whole: its outbox is in hand."""
    return _with_log(db, doc.id, doc.outbox or [], after_version)


def _with_log(
    db: Database[dict[str, Any]], aggregate: str, outbox: list[dict[str, Any]], after_version: int
) -> list[dict[str, Any]]:
    page = {"aggregate": aggregate, "version": {"$gt": after_version}}
    logged = list(db["faits"].find(page).sort("version", ASCENDING).limit(PAGE))
    logged_ids = {fact["_id"] for fact in logged}
    unsent = [
        entry | {"_id": entry["event_id"]}
        for entry in outbox
        if entry["kind"] == FACT and entry["event_id"] not in logged_ids and entry["version"] > after_version
    ]
    return sorted([*logged, *unsent], key=lambda fact: int(fact["version"]))[:PAGE]


def whole_history(document: type[Aggregate], db: Database[dict[str, Any]], aggregate: str) -> list[dict[str, Any]]:
    """Every fact of one aggregate in order, for an export or a check of the chain from its first link."""
    found: list[dict[str, Any]] = []
    while True:
        page = history(document, db, aggregate, int(found[-1]["version"]) if found else 0)
        found += page
        if len(page) < PAGE:
            return found


def broken_link(facts: list[dict[str, Any]], before: str = "") -> dict[str, Any] | None:
    """The first fact whose hash does not follow from the one before it, or None when the chain holds."""
    previous = before
    for fact in facts:
        if entry_hash(fact | {"event_id": fact["_id"]}, previous) != fact["hash"]:
            return fact
        previous = fact["hash"]
    return None


def since(
    db: Database[dict[str, Any]], subjects: list[str], after: datetime | None, limit: int = PAGE
) -> list[dict[str, Any]]:
    """A page of facts copied to the log at or after `after`, oldest first, for reconcilers and rebuilt projections."""
    criteria: dict[str, Any] = {"subject": {"$in": subjects}}
    if after is not None:
        criteria["copie_time"] = {"$gte": after}
    return list(db["faits"].find(criteria).sort([("copie_time", ASCENDING), ("_id", ASCENDING)]).limit(limit))


def write_receipts(db: Database[dict[str, Any]], event_ids: list[str]) -> None:
    """Notes that these facts took effect here; the reconciler asks for those without receipt."""
    now = clock.now()
    insert_all_once(db["recus"], [{"_id": event_id, "time": now} for event_id in event_ids])


def without_receipt(db: Database[dict[str, Any]], event_ids: list[str]) -> set[str]:
    """The events among `event_ids` that have neither taken effect here nor been set aside in `rejets`."""
    if not event_ids:
        return set()
    asked = {"_id": {"$in": event_ids}}
    received = {found["_id"] for name in ("recus", "rejets") for found in db[name].find(asked, {"_id": 1})}
    return set(event_ids) - received
