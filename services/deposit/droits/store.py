"""What is kept of ruptures to count them: préfecture, title, cause and days; the dossier keeps the rest."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import DayField


class Rupture(me.Document):
    """Days on which one person with an open dossier had no valid document; `fin_date` None while it lasts (XCT-04)."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    version = me.IntField(required=True)
    demande_id = me.StringField(required=True)
    prefecture = me.StringField(required=True)
    titre_code = me.StringField(required=True)
    cause = me.StringField(required=True)
    debut_date = DayField(required=True)
    fin_date = DayField()
    jours = me.IntField()

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "ruptures",
        "auto_create_index": False,
        "indexes": [{"fields": ["prefecture", "debut_date"]}],
    }
