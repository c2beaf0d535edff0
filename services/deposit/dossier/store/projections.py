"""What deposit keeps of other services' facts: only what its own rules need, moving forward by version."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import DayField
from prefecture.store import INDEXES, PrefectureConnueBase


class _Projection(me.Document):
    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}
    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    version = me.IntField(required=True)


class BlocageConnu(_Projection):
    """A blocage, here or elsewhere: it protects a date and stops clocks while it is open."""

    parcours_id = me.StringField(required=True)
    usager_id = me.StringField(default="")
    demande_id = me.StringField(default="")
    titre_code = me.StringField(default="")
    demarche_code = me.StringField(default="")
    reference = me.StringField(default="")
    prefecture = me.StringField(default="")
    premiere_tentative_date = DayField()
    # Last day of the right that she holds, where it is known.
    fin_droit_date = DayField()
    fin_date = DayField()
    # The person does not want her préfecture to see it.
    objection = me.BooleanField(default=False)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "blocages_connus",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["parcours_id"]},
            {"fields": ["usager_id"]},
            {"fields": ["demande_id"]},
            {"fields": ["reference"]},
            {
                "fields": ["prefecture", "fin_droit_date"],
                "partialFilterExpression": {"fin_droit_date": {"$gt": ""}},
            },
        ],
    }


class SaisineConnue(_Projection):
    """A ticket of the contact centre: open, it stops the clocks of the demande it is about."""

    reference = me.StringField(default="")
    usager_id = me.StringField(default="")
    parcours_id = me.StringField(default="")
    demande_id = me.StringField(default="")
    blocage_id = me.StringField(default="")
    prefecture = me.StringField(default="")
    # A blockage stands in the queue of the préfecture, unless the person objects: then no desk of hers shows it.
    copie = me.BooleanField(default=False)
    objection = me.BooleanField(default=False)
    state = me.StringField(default="OUVERTE")
    jour_date = DayField()

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "saisines_connues",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["usager_id"]},
            {"fields": ["parcours_id"]},
            {"fields": ["blocage_id"], "partialFilterExpression": {"blocage_id": {"$gt": ""}}},
            {"fields": ["state", "copie", "prefecture", "jour_date"]},
        ],
    }


class PrefectureConnue(PrefectureConnueBase):
    """The rules of a préfecture as substitution published them, by day of effect."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "prefectures_connues",
        "auto_create_index": False,
        "indexes": INDEXES,
    }


class ParcoursJoint(me.Document):
    """A parcours that a channel minted before it knew whose it was, and every one that took it in: the one that it
    joined, and those that took that one in.
    """

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    parcours_ids = me.ListField(me.StringField(), required=True)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "parcours_joints",
        "auto_create_index": False,
        "indexes": [{"fields": ["parcours_ids"]}],
    }
