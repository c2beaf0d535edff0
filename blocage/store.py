"""The stored blocage: each of the four services derives its own class in its own database."""

from __future__ import annotations

from typing import Any

import mongoengine as me

from blocage.rules import CONSTATE, FOLLOWING, PRECIS_MAX
from chassis.mongo import Aggregate, DayField

INDEXES: list[Any] = [
    {"fields": ["reference"], "unique": True},
    # One open blocage for the same person, symptom and thing: a unique key decides, not whoever looked first.
    {"fields": ["objet_ouvert"], "unique": True, "partialFilterExpression": {"objet_ouvert": {"$gt": ""}}},
    {"fields": ["parcours_id", "state"]},
    {"fields": ["prefecture", "state", "constat_date"]},
    {"fields": ["demande_id", "state"], "partialFilterExpression": {"demande_id": {"$gt": ""}}},
]


class BlocageBase(Aggregate):
    """What the person met, when she first did, what proves it, and what became of it.

    `precis` and `capture` never leave the service.
    """

    meta = {"abstract": True}

    reference = me.StringField(required=True)
    # What is blocked, while it is: empty once lifted or resolved.
    objet_ouvert = me.StringField(default="")
    state = me.StringField(required=True, choices=tuple(FOLLOWING), default=CONSTATE)
    symptome = me.IntField(required=True)
    preuves = me.ListField(me.IntField())
    tentatives = me.ListField(me.StringField())
    premiere_tentative_date = DayField(required=True)
    constat_date = DayField(required=True)
    # When it was last met: an act done before then does not end it, even if we hear of it later.
    rencontre_time = me.DateTimeField()
    fin_droit_date = DayField()
    usager_id = me.StringField(default="")
    demande_id = me.StringField(default="")
    titre_code = me.StringField(default="")
    demarche_code = me.StringField(default="")
    prefecture = me.StringField(default="")
    contact_id = me.StringField(default="")
    constat_par = me.StringField(default="systeme")
    page = me.StringField(default="", max_length=200)
    precis = me.StringField(default="", max_length=PRECIS_MAX)
    navigateur = me.StringField(default="", max_length=300)
    capture = me.StringField(default="")
    anomalie_code = me.StringField(default="")
    attestation_numero = me.StringField(default="")
    voie_id = me.StringField(default="")
    # The person does not want her préfecture to see it (CCC-14).
    objection = me.BooleanField(default=False)
    fin_date = DayField()
