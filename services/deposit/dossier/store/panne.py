"""The outages: declared or found here, or announced by substitution."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField, collection_of, loaded

LUES_MAX = 200


class Panne(Aggregate):
    """An outage of the téléservice, from a day to a day, both included: clocks stop, dates are protected (XCT-02)."""

    # Its extent while it is open and ours: two observers who see the same one declare it once.
    ouverte = me.StringField(default="")
    origine = me.StringField(required=True)
    debut_date = DayField(required=True)
    fin_date = DayField()
    prefectures = me.ListField(me.StringField())
    detectee = me.BooleanField(default=False)
    par = me.StringField(required=True)
    # Where its telling stands: the step, the part of it, the last identifier told; no step when all was said.
    etape = me.StringField(default="")
    part = me.StringField(default="")
    apres = me.StringField(default="")

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "pannes",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["ouverte"], "unique": True, "partialFilterExpression": {"ouverte": {"$gt": ""}}},
            {"fields": ["-debut_date"]},
            {"fields": ["etape"], "partialFilterExpression": {"etape": {"$gt": ""}}},
        ],
    }

    RECENT: ClassVar[list[dict[str, Any]]] = [
        {"$match": {"debut_date": {"$gt": ""}}},
        {"$sort": {"debut_date": -1}},
        {"$limit": LUES_MAX},
    ]

    @classmethod
    def recent(cls) -> list[Panne]:
        """The last outages, most recent first."""
        return [loaded(cls, row) for row in collection_of(cls).aggregate(cls.RECENT)]
