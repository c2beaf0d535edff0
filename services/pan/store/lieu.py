"""A place where people are received: reception point, counter of the préfecture, or France services house."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField


class Lieu(Aggregate):
    """Its identifier is its code. `ferme_date` closes it; its bookings then go to `repreneur_id` (PAN-11)."""

    genre = me.StringField(required=True, choices=("pan", "guichet", "france-services"))
    prefecture = me.StringField(required=True)
    nom = me.StringField(required=True)
    service = me.StringField(default="")
    service_nom = me.StringField(default="")
    adresse = me.ListField(me.StringField())
    code_postal = me.StringField(default="")
    ville = me.StringField(default="")
    latitude = me.FloatField(default=0.0)
    longitude = me.FloatField(default=0.0)
    fuseau = me.StringField(required=True)
    telephone = me.StringField(default="")
    courriel = me.StringField(default="")
    web = me.StringField(default="")
    missions = me.ListField(me.StringField())
    vecteurs = me.ListField(me.StringField())
    sans_rendez_vous = me.BooleanField(default=True)
    guichets = me.IntField(default=1)
    duree_minutes = me.IntField(default=30)
    agents_formes = me.IntField(default=0)
    agents_formes_victimes = me.IntField(default=0)
    volontaires = me.IntField(default=0)
    horaires = me.ListField(me.DictField())
    fermetures = me.ListField(me.DictField())
    # For deaf people, blind people, and those who move with difficulty; empty where the place said nothing.
    accessibilite = me.DictField()
    # Which system holds its slots, and where it answers; `integre` is ours.
    agenda = me.StringField(default="integre")
    agenda_url = me.StringField(default="")
    agenda_jusque_date = DayField()
    # What its agenda offers, counted after each change of it: free slots, on how many days, days to the first (-1:
    # none), and since when that is too little (PAN-10). `a_compter` says that it changed.
    creneaux_libres = me.IntField(default=0)
    jours_libres = me.IntField(default=0)
    attente_jours = me.IntField(default=-1)
    compte_time = me.DateTimeField()
    alerte_date = DayField()
    a_compter = me.BooleanField(default=True)
    ferme_date = DayField()
    ferme_motif = me.StringField(default="")
    repreneur_id = me.StringField(default="")
    # It was closed, opened or given other hours, and its slots may not have followed yet.
    a_suivre = me.BooleanField(default=False)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "pan",
        "collection": "lieux",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["prefecture", "genre", "nom"]},
            {"fields": ["agenda"]},
            {"fields": ["a_compter"], "partialFilterExpression": {"a_compter": True}},
            {"fields": ["prefecture", "alerte_date"], "partialFilterExpression": {"alerte_date": {"$gt": ""}}},
        ],
    }
