"""The known-bug register and the cards of general information."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField
from services.ccc.rules.etats import ANOMALIE_OUVERTE, ETATS_ANOMALIE

NATIONAL = "national"


class Anomalie(Aggregate):
    """One known fault of the téléservice, with its age, its way around and its plan (XCT-17)."""

    code = me.StringField(required=True, max_length=40)
    titre = me.StringField(required=True, max_length=200)
    description = me.StringField(required=True, max_length=4000)
    symptome = me.IntField(required=True)
    mots = me.ListField(me.StringField())
    state = me.StringField(required=True, choices=tuple(ETATS_ANOMALIE), default=ANOMALIE_OUVERTE)
    depuis_date = DayField(required=True)
    contournement = me.StringField(default="", max_length=2000)
    plan = me.StringField(default="", max_length=2000)
    soutien = me.StringField(default="", max_length=1000)
    visites = me.ListField(me.DictField())
    escalade_date = DayField()
    resolue_date = DayField()
    solution = me.StringField(default="", max_length=2000)
    # The title or démarche that it stops, where it is one.
    objet = me.StringField(default="")
    # The news that everybody affected is being told (empty, no announcement waits), and how many there were: a second
    # work-around is another news than the first.
    annonce = me.StringField(default="")
    nouvelles = me.IntField(default=0)
    # Whether what was met before it was known is still to be looked at, and where that job has come to.
    rapprochement = me.StringField(default="")
    rapprochement_curseur = me.StringField(default="")
    tickets_curseur = me.StringField(default="")

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "anomalies",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["code"], "unique": True},
            {"fields": ["state", "depuis_date"]},
            {"fields": ["annonce"], "partialFilterExpression": {"annonce": {"$gt": ""}}},
            {"fields": ["rapprochement"], "partialFilterExpression": {"rapprochement": {"$gt": ""}}},
        ],
    }


class Fiche(Aggregate):
    """One card of general information, with its source and the day on which it was last checked (CCC-17)."""

    titre = me.StringField(required=True, max_length=200)
    texte = me.StringField(required=True, max_length=8000)
    limites = me.StringField(default="", max_length=2000)
    source = me.StringField(required=True, max_length=300)
    verifiee_date = DayField(required=True)
    verifiee_par = me.StringField(required=True)
    retiree_date = DayField()
    mots = me.ListField(me.StringField())

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "fiches",
        "auto_create_index": False,
        "indexes": [{"fields": ["mots"]}, {"fields": ["verifiee_date"]}],
    }
