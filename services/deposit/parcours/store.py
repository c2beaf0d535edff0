"""What every channel did for one person, joined by her one identifier (XCT-21)."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import DayField


class Etape(me.Document):
    """One thing that another channel did for a person: what, when; its words stay in that channel."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    parcours_id = me.StringField(required=True)
    subject = me.StringField(required=True)
    aggregate = me.StringField(required=True)
    jour_date = DayField(required=True)
    time = me.DateTimeField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "etapes",
        "auto_create_index": False,
        "indexes": [{"fields": ["parcours_id", "-time"]}],
    }
