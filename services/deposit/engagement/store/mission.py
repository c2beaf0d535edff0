"""A support mission to a préfecture that treats a situation otherwise than the others do."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField


class Mission(Aggregate):
    """What the measure said on the day when it opened, and each step since (XCT-22)."""

    prefecture = me.StringField(required=True)
    # The title or démarche, and the situation, by codes.
    objet = me.StringField(required=True)
    nombre = me.IntField(required=True)
    part = me.FloatField(required=True)
    part_ailleurs = me.FloatField(required=True)
    ouverte_date = DayField(required=True)
    state = me.StringField(required=True)
    journal = me.ListField(me.DictField())
    # One open mission for one préfecture and situation; empty once it is over.
    cle_ouverte = me.StringField(default="")

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "missions",
        "auto_create_index": False,
        "indexes": [
            {
                "fields": ["cle_ouverte"],
                "unique": True,
                "partialFilterExpression": {"cle_ouverte": {"$gt": ""}},
            },
            {"fields": ["-ouverte_date"]},
        ],
    }
