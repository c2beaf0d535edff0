"""What went to the programme desk, with its clock."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField


class Remontee(Aggregate):
    """Something that no préfecture can lift: at the programme desk until its day, then late, until it is lifted
    (DEP-61).
    """

    reference = me.StringField(required=True)
    usager_id = me.StringField(required=True)
    demande_id = me.StringField(default="")
    ancienne_id = me.StringField(default="")
    prefecture = me.StringField(required=True)
    objet = me.StringField(required=True)
    texte = me.StringField(required=True, max_length=2000)
    ouverte_date = DayField(required=True)
    echeance_date = DayField(required=True)
    par = me.StringField(required=True)
    state = me.StringField(required=True)
    blocage_id = me.StringField(required=True)
    levee_date = DayField()
    levee_par = me.StringField(default="")
    reponse = me.StringField(default="", max_length=2000)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "remontees",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["reference"], "unique": True},
            {"fields": ["state", "prefecture", "echeance_date", "id"]},
            {"fields": ["usager_id", "-ouverte_date"]},
        ],
    }
