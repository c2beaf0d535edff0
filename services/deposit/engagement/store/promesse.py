"""What was promised to persons, each with its day."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField


class Promesse(Aggregate):
    """A task owed to a person until its day: kept, or missed and then said to her and to the supervisor (DEP-63)."""

    usager_id = me.StringField(required=True)
    demande_id = me.StringField(default="")
    reference = me.StringField(default="")
    prefecture = me.StringField(required=True)
    genre = me.StringField(required=True)
    texte = me.StringField(default="", max_length=500)
    faite_date = DayField(required=True)
    echeance_date = DayField(required=True)
    par = me.StringField(required=True)
    # The channel that promised; empty for the préfecture itself.
    canal = me.StringField(default="")
    state = me.StringField(required=True)
    tenue_date = DayField()
    tenue_par = me.StringField(default="")

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "promesses",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["prefecture", "state", "echeance_date", "id"]},
            {"fields": ["usager_id", "-echeance_date"]},
        ],
    }
