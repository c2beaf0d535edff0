"""State and its facts change in one conditional write; the relay sends later what the document still holds."""

from __future__ import annotations

import functools
import hashlib
import json
import random
import re
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import mongoengine as me
from google.protobuf.message import Message
from mongoengine.queryset import transform
from opentelemetry.propagate import inject
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, OperationFailure

from chassis import clock, wake
from chassis.mongo import REQUEST_IDS_KEPT, Aggregate, changed, collection_of, forget_changes, loaded, raw
from chassis.web.refusals import CLE_REUTILISEE
from droit.decision import Refused
from sejour.contact.v1 import contact_pb2
from sejour.message.v1 import message_pb2

FACT, COMMAND, CONTACT = "fait", "commande", "contact"
# The name that calls for what is due today.
DUE = "echeances"
CONFLICTS_BORNE, LONGEST_PAUSE_SECONDS = 15, 0.3
# The version of an object whose write is under way or failed: no stored document has it.
_SPENT = -1
# Between the key of a command and the hash of what was sent with it.
_SENT = "~"
A = TypeVar("A", bound=Aggregate)
F = TypeVar("F", bound=Callable[..., Any])


class Conflict(Exception):
    """Somebody changed the aggregate since it was loaded: load it again and decide again."""


class Duplicate(Exception):
    """A unique key other than the identifier is already taken."""


@dataclass(frozen=True)
class Fact:
    """What happened. `message` is published and holds ids and states only; `private` stays in this service's history.

    `by` is who did it (`agent:…`, `usager:…`, `systeme`): history and audit read it.
    """

    subject: str
    message: Message
    by: str = "systeme"
    private: dict[str, Any] = field(default_factory=dict)
    event_id: str = field(default_factory=clock.new_id, compare=False)


@dataclass(frozen=True)
class Contact:
    """The last contact of a person, on the CONTACT stream, in no history; `first`: this write makes its identifier."""

    subject: str
    message: Message
    first: bool = False


@dataclass(frozen=True)
class Command:
    """An order to another service, stored like a fact and retried with its `request_id` until it is answered.

    `method` is the full gRPC name (`sejour.deposit.v1.DepositService/LeverBlocage`), `on_behalf` who it is for.
    """

    target: str
    method: str
    request: Message
    request_id: str
    on_behalf: str = ""


Entry = Fact | Contact | Command


@dataclass(frozen=True)
class Beside:
    """A view of the aggregate in a collection of its own, written with it or not at all; `first` is kept once there."""

    document: type[me.Document]
    key: str
    values: dict[str, Any]
    first: dict[str, Any] = field(default_factory=dict)


def command_id(key: str, sent: str) -> str:
    """A `request_id` that also tells a repeat from another command under the same key; `sent` is what is asked."""
    return f"{key}{_SENT}{hashlib.sha256(sent.encode()).hexdigest()[:16]}"


def id_for(request_id: str, noun: str) -> str:
    """The identifier of what `request_id` creates: a repeat finds the first object instead of a second."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{noun}:{_key_of(request_id)}"))


def already(doc: Aggregate, request_id: str) -> bool:
    """Whether this command was done already; a repeat is then answered from the state that it left.

    Raises Refused(CLE_REUTILISEE) where its key came with something else.
    """
    done = request_id in doc.request_ids
    if not done and any(_key_of(known) == _key_of(request_id) for known in doc.request_ids):
        raise Refused(CLE_REUTILISEE)
    return done


def _key_of(request_id: str) -> str:
    return request_id.partition(_SENT)[0]


def insert(doc: A, *entries: Entry, request_id: str = "") -> A:
    """Creates the aggregate with its first facts in one insert.

    A repeat (same identifier) returns the stored one. Raises Duplicate when another unique key is taken.
    """
    doc.version, doc.last_hash, doc.request_ids = 0, "", []
    outgoing = _outgoing(doc, entries)
    doc.version = max(1, _facts(entries))
    doc.last_hash = _last_hash(outgoing, "")
    doc.request_ids = [request_id] if request_id else []
    doc.validate()
    try:
        # As they are: mongoengine would turn the bytes of a message into a list of numbers.
        collection_of(type(doc)).insert_one(raw(doc) | {"outbox": outgoing})
    except DuplicateKeyError as error:
        stored: A | None = type(doc).objects(id=doc.id).first()
        if stored is None:
            raise _duplicate(error) from error
        already(stored, request_id)
        return stored
    doc.outbox = outgoing
    forget_changes(doc)
    _say(doc, outgoing)
    return doc


def update(doc: A, *entries: Entry, request_id: str = "", beside: Sequence[Beside] = ()) -> A:
    """Writes what was changed in the document, with its facts, in one conditional write; `doc` is then what is stored.
    With what stands `beside` it, the two are one transaction.

    The action changes the document and repeats no value: `$set` and `$unset` are derived from what was loaded. Raises
    Conflict when the version moved and Duplicate when a unique key is taken: either way, as after any failure, this
    object is never written again, and whoever decides again loads again.
    """
    if doc.outbox is None:
        raise ValueError(f"{type(doc).__name__} {doc.id} was not read whole from the store: its changes are not known")
    version = doc.version
    try:
        change, outgoing = changed(doc), _outgoing(doc, entries)
    finally:
        spend(doc)
    try:
        whole = _with_entries(change, doc, entries, outgoing, request_id)
        _write(type(doc), {"_id": doc.id, "version": version}, whole, beside)
    except DuplicateKeyError as error:
        raise _duplicate(error) from error
    doc.version = version + max(1, _facts(entries))
    _settle(doc, outgoing, request_id)
    return doc


def version_after(doc: Aggregate, entries: Sequence[Entry]) -> int:
    """The version that a write with these entries gives."""
    return int(doc.version) + max(1, _facts(entries))


def _write(
    document: type[Aggregate], criteria: dict[str, Any], change: dict[str, Any], beside: Sequence[Beside]
) -> None:
    """Raises Conflict where the version moved, or where what stands beside was being written by another."""
    collection, moved = collection_of(document), f"{document.__name__} {criteria['_id']}"
    if not beside:
        if collection.update_one(criteria, change).matched_count == 0:
            raise Conflict(moved)
        return
    try:
        with collection.database.client.start_session() as session, session.start_transaction():
            if collection.update_one(criteria, change, session=session).matched_count == 0:
                raise Conflict(moved)
            for one in beside:
                row = {name: {"$literal": value} for name, value in one.values.items()}
                row |= {name: {"$ifNull": [f"${name}", {"$literal": value}]} for name, value in one.first.items()}
                collection_of(one.document).update_one({"_id": one.key}, [{"$set": row}], upsert=True, session=session)
    except OperationFailure as error:
        # Of the aggregate itself another key may be taken; a view that another has just made is read again.
        lost = isinstance(error, DuplicateKeyError) and "_id" in (error.details or {}).get("keyPattern", ())
        if lost or error.has_error_label("TransientTransactionError"):
            raise Conflict(moved) from error
        raise


def spend(doc: Aggregate) -> None:
    """Makes sure that this object is never written again: it already was, or it was changed only for a preview."""
    doc.version = _SPENT


def apply_operators(doc: A, *entries: Entry, request_id: str = "", **operators: Any) -> A:
    """Sends mongoengine operators (`push__preuves=…`, `inc__count=1`) instead of what changed in memory.

    For hot writes alone: a field that a query also writes without the version must be sent whatever was loaded, and a
    proof is pushed. Anything else is `update` (docs/adr/0014-one-book-for-a-write.md). Gives the document as it is
    stored; `doc` itself stays as it was loaded. Raises what `update` raises.
    """
    document = type(doc)
    change: dict[str, Any] = dict(transform.update(document, **operators)) if operators else {}
    outgoing = _outgoing(doc, entries)
    try:
        stored = collection_of(document).find_one_and_update(
            {"_id": doc.id, "version": doc.version},
            _with_entries(change, doc, entries, outgoing, request_id),
            return_document=ReturnDocument.AFTER,
        )
    except DuplicateKeyError as error:
        raise _duplicate(error) from error
    if stored is None:
        raise Conflict(f"{document.__name__} {doc.id} version {doc.version}")
    written = loaded(document, stored)
    _say(written, outgoing)
    return written


def write_unread(document: type[A], guard: dict[str, Any], values: dict[str, Any], *, request_id: str) -> A | None:
    """For hot writes that need no document in memory: sets `values` (aggregation expressions) where `guard` holds and
    no command with this key was done.

    Gives the document as it is stored, without what only its outbox needs; None where nothing was written: whoever
    asked then loads and decides, and says why it cannot be.
    """
    repeat = re.compile(f"^{re.escape(_key_of(request_id))}({_SENT}|$)")
    ids = {"$concatArrays": [{"$ifNull": ["$request_ids", []]}, [request_id]]}
    noted = {"version": {"$add": ["$version", 1]}, "request_ids": {"$slice": [ids, -REQUEST_IDS_KEPT]}}
    stored = collection_of(document).find_one_and_update(
        guard | {"request_ids": {"$not": repeat}},
        [{"$set": values | noted}],
        dict.fromkeys(("outbox", "request_ids", "lease_owner", "lease_time"), 0),
        return_document=ReturnDocument.AFTER,
    )
    return loaded(document, stored) if stored is not None else None


def _with_entries(
    change: dict[str, Any],
    doc: Aggregate,
    entries: tuple[Entry, ...],
    outgoing: list[dict[str, Any]],
    request_id: str,
) -> dict[str, Any]:
    change.setdefault("$inc", {})["version"] = max(1, _facts(entries))
    if outgoing:
        change.setdefault("$push", {})["outbox"] = {"$each": outgoing}
        change.setdefault("$set", {})["last_hash"] = _last_hash(outgoing, doc.last_hash)
    if request_id:
        change.setdefault("$push", {})["request_ids"] = {"$each": [request_id], "$slice": -REQUEST_IDS_KEPT}
    return change


def _settle(doc: Aggregate, outgoing: list[dict[str, Any]], request_id: str) -> None:
    """Makes the document in memory equal to what was just written, with no change left to write."""
    doc.outbox = [*(doc.outbox or ()), *outgoing]
    doc.last_hash = _last_hash(outgoing, doc.last_hash)
    if request_id:
        doc.request_ids = [*doc.request_ids, request_id][-REQUEST_IDS_KEPT:]
    forget_changes(doc)
    _say(doc, outgoing)


def _duplicate(error: DuplicateKeyError) -> Duplicate:
    return Duplicate(str((error.details or {}).get("keyPattern", "")))


def _say(doc: Aggregate, outgoing: list[dict[str, Any]]) -> None:
    """Calls for what this write left to send, and for what it made due."""
    names = [collection_of(type(doc)).name] if outgoing else []
    if doc.next_due_date is not None and doc.next_due_date <= clock.today():
        names.append(DUE)
    wake.say(*names)


def retry_conflicts(action: F) -> F:
    """Runs the action again from its load when another write came between; gives up after about two seconds."""

    @functools.wraps(action)
    def again(*args: Any, **kwargs: Any) -> Any:
        for attempt in range(CONFLICTS_BORNE):
            try:
                return action(*args, **kwargs)
            except Conflict:
                # A random pause that doubles: writers that met once would otherwise meet again.
                time.sleep(random.uniform(0, min(0.01 * 2**attempt, LONGEST_PAUSE_SECONDS)))  # noqa: S311
        return action(*args, **kwargs)

    return again  # type: ignore[return-value]


def entry_hash(entry: dict[str, Any], previous: str) -> str:
    """The hash that chains a fact to the one before it in the same aggregate (SHA-256, hexadecimal)."""
    material = json.dumps(
        [
            previous,
            entry["event_id"],
            entry["aggregate"],
            entry["version"],
            entry["subject"],
            entry["payload"].hex(),
            entry["day"],
            entry["time"].isoformat(),
            entry["by"],
            entry["prive"],
        ],
        sort_keys=True,
        ensure_ascii=False,
        default=_as_stored,
    )
    return hashlib.sha256(material.encode()).hexdigest()


def _as_stored(value: Any) -> str:
    """MongoDB keeps milliseconds and gives back UTC: the hash is the same before it is stored and after."""
    if isinstance(value, datetime):
        instant = value.astimezone(UTC)
        return instant.replace(microsecond=instant.microsecond // 1000 * 1000).isoformat()
    return str(value)


def _facts(entries: Sequence[Entry]) -> int:
    return sum(isinstance(entry, Fact) for entry in entries)


def _last_hash(outgoing: list[dict[str, Any]], before: str) -> str:
    hashes = [entry["hash"] for entry in outgoing if entry["kind"] == FACT]
    return hashes[-1] if hashes else before


def _wait_for_contacts(entries: tuple[Entry, ...]) -> None:
    """A message leaves by the ways that its own act gave, which come by another stream: never by those of before."""
    contacts = [entry.message for entry in entries if isinstance(entry, Contact)]
    given = {told.contact_id: told.version for told in contacts if isinstance(told, contact_pb2.Contact)}
    for entry in entries:
        asked = entry.message if isinstance(entry, Fact) else None
        if isinstance(asked, message_pb2.MessageDemande):
            asked.contact_version = given.get(asked.destinataire_id, 0)


def _outgoing(doc: Aggregate, entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    trace: dict[str, str] = {}
    inject(trace)
    previous, version, written = doc.last_hash, doc.version, version_after(doc, entries)
    outgoing: list[dict[str, Any]] = []
    _wait_for_contacts(entries)
    for entry in entries:
        common = {
            "event_id": entry.event_id if isinstance(entry, Fact) else clock.new_id(),
            "aggregate": doc.id,
            "parcours": doc.parcours_id,
            "time": clock.now(),
            "day": clock.today().isoformat(),
            "trace": trace,
        }
        if isinstance(entry, Command):
            outgoing.append(
                common
                | {
                    "kind": COMMAND,
                    "target": entry.target,
                    "method": entry.method,
                    "payload": entry.request.SerializeToString(),
                    "request_id": entry.request_id,
                    "on_behalf": entry.on_behalf,
                }
            )
            continue
        published = common | {
            "subject": entry.subject,
            "type": entry.message.DESCRIPTOR.full_name,
            "payload": entry.message.SerializeToString(deterministic=True),
        }
        if isinstance(entry, Contact):
            # Of the whole write: two writes never give the same contact the same version.
            outgoing.append(published | {"kind": CONTACT, "version": written, "first": entry.first})
            continue
        version += 1
        fact = published | {"kind": FACT, "version": version, "by": entry.by, "prive": entry.private}
        previous = fact["hash"] = entry_hash(fact, previous)
        outgoing.append(fact)
    return outgoing
