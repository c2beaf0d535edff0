"""Who a known fault stops, once by parcours, whichever service she met it in; what the other services met."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField


class PersonneTouchee(Aggregate):
    """One person and one fault: what she was told of it. Its identifier is the fault and her parcours."""

    code = me.StringField(required=True)
    contact_id = me.StringField(default="")
    # The ticket in which the news is written too; empty when another service met her.
    saisine_id = me.StringField(default="")
    # A joined parcours is counted under the one that took it in.
    doublon = me.BooleanField(default=False)
    dites = me.ListField(me.StringField())

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "personnes_touchees",
        "auto_create_index": False,
        "indexes": [{"fields": ["code", "doublon", "dites"]}, {"fields": ["parcours_id"]}],
    }


class BlocageVu(me.Document):
    """A blockage that deposit, pan or substitution met, as a fault is matched with it."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    version = me.IntField(required=True)
    parcours_id = me.StringField(required=True)
    contact_id = me.StringField(default="")
    symptome = me.IntField(required=True)
    objet = me.StringField(default="")
    premiere_tentative_date = DayField()

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "blocages_vus",
        "auto_create_index": False,
        "indexes": [{"fields": ["symptome", "_id"]}],
    }
