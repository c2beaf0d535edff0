"""What the desk keeps: the préfecture's own view of demandes, identity checks, and who opened what."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField


class Ligne(me.Document):
    """One demande as the préfecture's queue holds it, only moved forward; `ordre` orders, `raisons` says why."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    version = me.IntField(required=True)
    usager_id = me.StringField(required=True)
    reference = me.StringField(required=True)
    libelle = me.StringField(required=True)
    titre_code = me.StringField(default="")
    prefecture = me.StringField(required=True)
    state = me.StringField(required=True)
    avant_date = DayField(required=True)
    ordre = me.StringField(required=True)
    raisons = me.ListField(me.DictField())
    filtres = me.ListField(me.StringField())
    # What came from the person as this view holds it, counted by kind.
    envois = me.DictField()
    droit_fin_date = DayField()
    depot_date = DayField(required=True)
    retenue_date = DayField(required=True)
    # The day on which this view first held the demande: ours, and nobody's act.
    recue_date = DayField(required=True)
    # The day on which an agent of the préfecture first opened or acted on it: « registration » of DEP-64.
    enregistree_date = DayField()
    decision_date = DayField()

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "file_agents",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["prefecture", "filtres", "ordre", "id"]},
            {"fields": ["prefecture", "filtres", "droit_fin_date", "id"]},
            {"fields": ["prefecture", "state"]},
            {"fields": ["prefecture", "recue_date"]},
            {"fields": ["prefecture", "enregistree_date"]},
            {"fields": ["prefecture", "decision_date"]},
        ],
    }


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
