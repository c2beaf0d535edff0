"""Calls, in both directions, and the vain attempts of a person to reach the centre."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField
from services.ccc.rules.etats import ABANDONNE, IDENTITES, NON_VERIFIEE, SANS_REPONSE, TRAITE


class Appel(Aggregate):
    """One call: that it took place, and how the identity check ended. What was said is in the ticket."""

    sens = me.StringField(required=True)
    agent_id = me.StringField(default="")
    saisine_id = me.StringField(default="")
    identite = me.StringField(choices=tuple(IDENTITES), default=NON_VERIFIEE)
    resultat = me.StringField(choices=("", TRAITE, ABANDONNE, SANS_REPONSE), default="")
    # What the person compares before she answers us: she too checks who calls.
    code = me.StringField(default="")
    attente_secondes = me.IntField(default=0)
    # As the telephone system told it.
    sonne_time = me.DateTimeField()
    decroche_time = me.DateTimeField()
    abandon_time = me.DateTimeField()
    jour_date = DayField(required=True)
    time = me.DateTimeField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "appels",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["saisine_id", "-time"], "partialFilterExpression": {"saisine_id": {"$gt": ""}}},
            {"fields": ["jour_date", "sens", "resultat", "attente_secondes"]},
            {"fields": ["jour_date", "agent_id"]},
        ],
    }


class Injoignable(Aggregate):
    """The vain attempts of one person, known by what she calls from: a hash, never the number itself."""

    tentatives = me.ListField(me.StringField())
    blocage_id = me.StringField(default="")
    blocage_reference = me.StringField(default="")
    prefecture = me.StringField(default="")

    meta: ClassVar[dict[str, Any]] = {"db_alias": "ccc", "collection": "injoignables", "auto_create_index": False}
