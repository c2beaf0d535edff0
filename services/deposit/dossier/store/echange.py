"""The thread of a demande: one document per message, so that nothing disappears and the demande stays small."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField


class Echange(Aggregate):
    """A message between the person and the administration, in date order, never removed (DEP-44)."""

    demande_id = me.StringField(required=True)
    usager_id = me.StringField(required=True)
    administration = me.BooleanField(required=True)
    par = me.StringField(required=True)
    objet = me.StringField(default="", max_length=200)
    texte = me.StringField(required=True, max_length=8000)
    pieces = me.ListField(me.StringField())
    numero = me.StringField(default="")
    jour_date = DayField(required=True)
    time = me.DateTimeField(required=True)
    lu_date = DayField()

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "echanges",
        "auto_create_index": False,
        "indexes": [{"fields": ["demande_id", "time"]}, {"fields": ["usager_id", "time"]}],
    }
