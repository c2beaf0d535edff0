"""What ccc keeps of other services' facts: only what its own acts need, moving forward by version."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import DayField


class PrefectureConnue(me.Document):
    """The ways of a préfecture as substitution published them, by day of effect."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    version = me.IntField(required=True)
    prefecture = me.StringField(required=True)
    depuis_date = DayField(required=True)
    regles = me.StringField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "prefectures_connues",
        "auto_create_index": False,
        "indexes": [{"fields": ["prefecture", "-depuis_date"]}],
    }
