"""What the desk keeps: identity checks, and who opened what."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField


class Controle(Aggregate):
    """An identity check: its outcome, who made it and for what. The answers are not kept."""

    usager_id = me.StringField(required=True)
    agent_id = me.StringField(required=True)
    pour = me.StringField(default="")
    questions = me.ListField(me.StringField())
    # The paper with photograph that was seen, where it was one and not questions.
    papier = me.StringField(default="")
    # That paper bears the number of a disputed account, opened under another name: it gives back the number alone.
    numero_seul = me.BooleanField(default=False)
    # The helper who was there for the person: such a check never reaches the account itself.
    aidant = me.StringField(default="")
    reussi = me.BooleanField(required=True)
    jour_date = DayField(required=True)
    time = me.DateTimeField(default=None)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "controles",
        "auto_create_index": False,
        "indexes": [{"fields": ["usager_id", "jour_date"]}],
    }


class Consultation(me.Document):
    """Somebody opened the dossier of a person: once a day for each who and what, readable by the person (XCT-07)."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    usager_id = me.StringField(required=True)
    par = me.StringField(required=True)
    objet = me.StringField(required=True)
    jour_date = DayField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "consultations",
        "auto_create_index": False,
        "indexes": [{"fields": ["usager_id", "-jour_date"]}],
    }
