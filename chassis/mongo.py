"""One MongoDB database and one mongoengine alias per service; writes are majority and journaled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, TypeVar

import mongoengine as me
from mongoengine import connection
from mongoengine.connection import ConnectionFailure as MongoengineFailure
from pymongo import MongoClient, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError

from chassis.partial_day import read_day
from chassis.settings import Settings

REQUEST_IDS_KEPT = 20
# The store does not answer: an edge that says so in its own words catches these.
STORE_DOWN = (ConnectionFailure, MongoengineFailure)
# The code of MongoDB's own `OutOfDiskSpace`.
DISK_FULL = 14031
# The code of a key that is taken.
DUPLICATE_KEY = 11000
D = TypeVar("D", bound=me.Document)
_OPTIONS: dict[str, Any] = {
    "w": "majority",
    "journal": True,
    "readConcernLevel": "majority",
    "retryWrites": True,
    "serverSelectionTimeoutMS": 3000,
    "connectTimeoutMS": 3000,
    "socketTimeoutMS": 20000,
    "waitQueueTimeoutMS": 2000,
    "maxPoolSize": 32,
    "tz_aware": True,
    "uuidRepresentation": "standard",
}


def connect(settings: Settings) -> Database[dict[str, Any]]:
    """Opens this process's connection (after any fork) under the alias of its service."""
    me.disconnect(alias=settings.service)
    _forget_collections(me.Document, settings.service)
    me.connect(db=f"sejour_{settings.service}", alias=settings.service, host=settings.mongodb_uri, **_OPTIONS)
    return database(settings.service)


def _forget_collections(document: type[me.Document], alias: str) -> None:
    """Forgets the collections of all classes of the alias; mongoengine would forget by name, which services share."""
    for derived in document.__subclasses__():
        _forget_collections(derived, alias)
        if getattr(derived, "_meta", {}).get("db_alias") == alias:
            derived._collection = None  # type: ignore[attr-defined]


def database(service: str) -> Database[dict[str, Any]]:
    """The service's own database; nobody reads another's."""
    found: Database[dict[str, Any]] = connection.get_db(alias=service)
    return found


def client(service: str) -> MongoClient[dict[str, Any]]:
    """The driver's client behind the alias, for readiness and sessions."""
    found: MongoClient[dict[str, Any]] = connection.get_connection(alias=service)
    return found


class DayField(me.StringField):
    """A Paris civil day, kept as ISO text, with zeros for what a paper leaves out: no hour, no zone, and it sorts."""

    def to_python(self, value: Any) -> Any:
        return read_day(value) if isinstance(value, str) else value

    def to_mongo(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    def validate(self, value: Any, clean: bool = True) -> None:
        if not isinstance(value, date):
            self.error("a civil day is a datetime.date")

    def prepare_query_value(self, op: str, value: Any) -> Any:
        return self.to_mongo(value)


class AsStored(me.base.BaseField):
    """A value kept as the driver reads and writes it: mongoengine would visit each value of each unsent fact."""


class Aggregate(me.Document):
    """What changes under a version, keeps its unsent facts, and may have work that the calendar makes due.

    Concrete classes give `meta = {"db_alias": …, "collection": …, "indexes": […]}`;
    `prepare_indexes` adds the indexes that every aggregate needs.
    """

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}
    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    parcours_id = me.StringField(required=True)
    version = me.IntField(required=True, default=0)
    last_hash = me.StringField(default="")
    # None until inserted, and where a document was read in part.
    outbox = AsStored()
    request_ids = me.ListField(me.StringField())
    # Of relays of earlier releases, which may run beside this one; nobody else reads them.
    lease_owner = me.StringField()
    lease_time = me.DateTimeField()
    due_dates = me.ListField(me.DictField(), db_field="echeances")
    next_due_date = DayField()
    due_lease_time = me.DateTimeField()
    # How many times in a row the work due for this document has failed.
    due_failures = me.IntField()


# Unsent facts are found by a partial index with `$gt ""`: MongoDB scans for other forms. The same for due work.
AGGREGATE_INDEXES: tuple[dict[str, Any], ...] = (
    {"keys": [("outbox.event_id", 1)], "partialFilterExpression": {"outbox.event_id": {"$gt": ""}}},
    {"keys": [("next_due_date", 1)], "partialFilterExpression": {"next_due_date": {"$gt": ""}}},
    {"keys": [("due_failures", 1)], "partialFilterExpression": {"due_failures": {"$gt": 0}}},
    {"keys": [("parcours_id", 1)]},
)


def prepare_indexes(*documents: type[me.Document]) -> None:
    """Creates the indexes of the given documents; run by `prepare`, never by a serving process."""
    for document in documents:
        document.ensure_indexes()
        if issubclass(document, Aggregate):
            collection = collection_of(document)
            for index in AGGREGATE_INDEXES:
                options = {name: value for name, value in index.items() if name != "keys"}
                collection.create_index(index["keys"], **options)


def collection_of(document: type[me.Document]) -> Collection[dict[str, Any]]:
    """The driver's collection of a document class, for lists and conditional writes."""
    found: Collection[dict[str, Any]] = document._get_collection()  # type: ignore[attr-defined]
    return found


def find(document: type[D], **criteria: Any) -> D | None:
    """The document that fits these criteria, or none."""
    found: D | None = document.objects(**criteria).first()  # type: ignore[attr-defined]
    return found


def union(
    db: Database[dict[str, Any]], pipelines: Sequence[tuple[str, list[dict[str, Any]]]]
) -> Iterable[dict[str, Any]]:
    """What each pipeline finds in its collection, one after the other: one command, whatever their number."""
    if not pipelines:
        return ()
    (first, stages), *others = pipelines
    return db[first].aggregate([*stages, *({"$unionWith": {"coll": name, "pipeline": each}} for name, each in others)])


def tally(documents: Iterable[type[D]], criteria: Mapping[str, Any], limit: int) -> dict[type[D], int]:
    """How many documents of each class match, counted up to `limit`; classes without any are left out.

    One command for all the classes of a service: who looks for work several times a second costs little when idle.
    """
    named = {collection_of(document).name: document for document in documents}

    def count(name: str) -> list[dict[str, Any]]:
        return [{"$match": criteria}, {"$limit": limit}, {"$group": {"_id": {"$literal": name}, "n": {"$sum": 1}}}]

    if not named:
        return {}
    db = collection_of(next(iter(named.values()))).database
    return {named[row["_id"]]: row["n"] for row in union(db, [(name, count(name)) for name in named])}


def raw(doc: me.Document | me.EmbeddedDocument) -> dict[str, Any]:
    """What the driver stores for a document."""
    stored: dict[str, Any] = doc.to_mongo().to_dict()  # type: ignore[no-untyped-call]
    return stored


def loaded(document: type[D], stored: dict[str, Any]) -> D:
    """The document that the driver read."""
    found: D = document._from_son(stored)  # type: ignore[attr-defined]
    return found


# What the outbox alone writes.
_KEPT_BY_OUTBOX = frozenset({"_id", "version", "last_hash", "outbox", "request_ids"})


def changed(doc: me.Document) -> dict[str, dict[str, Any]]:
    """The `$set` and `$unset` of the fields that differ from what was loaded, each checked and whole; None is unset.

    Whole, because the version is checked by who writes, and because an index in a path would be a second truth. A row
    of a list of plain dicts is replaced, never changed inside a `for`: mongoengine does not see that.
    """
    change: dict[str, dict[str, Any]] = {}
    paths: list[str] = doc._get_changed_fields()  # type: ignore[attr-defined]
    for name in sorted({path.partition(".")[0] for path in paths} - _KEPT_BY_OUTBOX):
        attribute = doc._reverse_db_field_map[name]  # type: ignore[attr-defined]
        field, value = doc._fields[attribute], doc._data[attribute]  # type: ignore[attr-defined]
        if value is None:
            change.setdefault("$unset", {})[name] = 1
            continue
        field._validate(value)
        change.setdefault("$set", {})[name] = field.to_mongo(value)
    return change


def forget_changes(doc: me.Document) -> None:
    """Forgets the changes made so far: what the document holds is now what is stored."""
    doc._clear_changed_fields()  # type: ignore[attr-defined]


def alias_of(document: type[me.Document]) -> str:
    """The service whose database holds a document class."""
    return str(document._meta["db_alias"])  # type: ignore[attr-defined]


def insert_once(collection: Collection[dict[str, Any]], doc: dict[str, Any]) -> bool:
    """Inserts unless a unique key is already taken, so that repeats are harmless. True when this call inserted."""
    try:
        collection.insert_one(doc)
    except DuplicateKeyError:
        return False
    return True


def insert_all_once(collection: Collection[dict[str, Any]], docs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Inserts those whose identifier is new; returns those refused by a unique key other than their identifier."""
    if not docs:
        return []
    try:
        collection.insert_many(docs, ordered=False)
    except BulkWriteError as error:
        faults = error.details["writeErrors"]
        if any(fault["code"] != DUPLICATE_KEY for fault in faults):
            raise
        return [docs[fault["index"]] for fault in faults if list(fault["keyPattern"]) != ["_id"]]
    return []


def move_forward(collection: Collection[dict[str, Any]], key: str, version: int, values: dict[str, Any]) -> None:
    """Moves a projection forward: an older or repeated fact changes nothing, whatever the order of arrival."""
    move_all_forward(collection, [(key, version, values)])


def move_all_forward(collection: Collection[dict[str, Any]], moves: Sequence[tuple[str, int, dict[str, Any]]]) -> None:
    """The same for many: one command."""
    writes = [
        UpdateOne({"_id": key, "version": {"$lt": version}}, {"$set": values | {"version": version}}, upsert=True)
        for key, version, values in moves
    ]
    try:
        collection.bulk_write(writes, ordered=False)
    except BulkWriteError as error:
        # The upsert that finds nothing older and cannot insert meets what is as recent.
        if any(fault["code"] != DUPLICATE_KEY for fault in error.details["writeErrors"]):
            raise
