"""A message told here to a person who named this place: who told it and when, until notify has noted it."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField


class Dit(Aggregate):
    """How the telling of one sending of notify ended; its words stay there."""

    lieu_id = me.StringField(required=True)
    prefecture = me.StringField(required=True)
    dit = me.BooleanField(required=True)
    par = me.StringField(required=True)
    dit_date = DayField(required=True)

    meta: ClassVar[dict[str, Any]] = {"db_alias": "pan", "collection": "dits", "auto_create_index": False}
