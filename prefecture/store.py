"""The rules of a préfecture as substitution published them, by day of effect, kept by each service."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import mongoengine as me

from chassis.mongo import DayField, collection_of, move_forward

if TYPE_CHECKING:
    from chassis.inbox import Meta
    from sejour.substitution.v1.events_pb2 import PrefectureModifiee

INDEXES: list[Any] = [{"fields": ["prefecture", "-depuis_date"]}]


class PrefectureConnueBase(me.Document):
    """One version of the rules of a préfecture, from its day of effect on."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}
    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    version = me.IntField(required=True)
    prefecture = me.StringField(required=True)
    depuis_date = DayField(required=True)
    regles = me.StringField(required=True)


def project(published: type[me.Document], event: PrefectureModifiee, meta: Meta) -> bool:
    """Keeps a `PrefectureModifiee`; written again on its own day it replaces itself, an older one changes nothing.

    Returns whether this version is the one kept: a redelivery says so again.
    """
    kept, key = collection_of(published), f"{event.prefecture}:{event.depuis_date}"
    values = {"prefecture": event.prefecture, "depuis_date": event.depuis_date, "regles": event.regles_json}
    move_forward(kept, key, meta.version, values)
    return kept.find_one({"_id": key, "version": meta.version}, {"_id": 1}) is not None


def last_begun(published: type[me.Document], code: str, day: date) -> dict[str, Any] | None:
    """The last version begun on a day, as stored. `published` has `prefecture`, `depuis_date` and `regles`."""
    begun = {"prefecture": code, "depuis_date": {"$lte": day.isoformat()}}
    return collection_of(published).find_one(begun, {"outbox": 0}, sort=[("depuis_date", -1)])
