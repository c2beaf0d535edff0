"""What pan keeps of other services' facts: only what its own rules need, moving forward by version."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import DayField
from personne.protegee import PersonneProtegeeBase
from prefecture.store import INDEXES, PrefectureConnueBase


class PrefectureConnue(PrefectureConnueBase):
    """The rules of a préfecture as substitution published them, by day of effect."""

    # Its places were not brought to these rules yet.
    a_suivre = me.BooleanField(default=False)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "pan",
        "collection": "prefectures_connues",
        "auto_create_index": False,
        "indexes": [*INDEXES, {"fields": ["depuis_date"], "partialFilterExpression": {"a_suivre": True}}],
    }


class SaisineConnue(me.Document):
    """A ticket of the contact centre: who has one is never sent there again (PAN-08)."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    version = me.IntField(required=True)
    reference = me.StringField(default="")
    parcours_id = me.StringField(default="")
    usager_id = me.StringField(default="")
    ouverte_date = DayField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "pan",
        "collection": "saisines_connues",
        "auto_create_index": False,
        "indexes": [{"fields": ["parcours_id"]}, {"fields": ["usager_id"]}, {"fields": ["reference"]}],
    }


class PersonneProtegee(PersonneProtegeeBase):
    """Whether a person is protected, as deposit said it last."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "pan",
        "collection": "personnes_protegees",
        "auto_create_index": False,
    }
