"""What somebody says of the directory: a place that is missing, or one of which it tells something wrong."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField

OUVERT, TRAITE = "OUVERT", "TRAITE"


class Signalement(Aggregate):
    """It stands on the desk of the préfecture until somebody there says what was done (PAN-01)."""

    prefecture = me.StringField(required=True)
    # Empty for a place that is missing.
    lieu_id = me.StringField(default="")
    texte = me.StringField(required=True, max_length=1000)
    recu_date = DayField(required=True)
    state = me.StringField(required=True, choices=(OUVERT, TRAITE), default=OUVERT)
    suite = me.StringField(default="", max_length=300)
    traite_par = me.StringField(default="")
    traite_date = DayField()

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "pan",
        "collection": "signalements",
        "auto_create_index": False,
        "indexes": [{"fields": ["state", "prefecture", "recu_date"]}],
    }
