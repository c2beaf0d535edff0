"""The rules of each préfecture by day of effect, the outages, and the figures per préfecture."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField
from personne.protegee import PersonneProtegeeBase


class ReglesPrefecture(Aggregate):
    """What a préfecture wrote, validated, from one day on; a later day adds a version and overwrites none."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "substitution",
        "collection": "prefectures",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["prefecture", "-depuis_date"], "unique": True},
            {"fields": ["adresse_depot"], "partialFilterExpression": {"adresse_depot": {"$gt": ""}}},
        ],
    }

    prefecture = me.StringField(required=True)
    depuis_date = DayField(required=True)
    ecrit_date = DayField(required=True)
    ecrit_par = me.StringField(required=True)
    regles = me.StringField(required=True)
    # Where dossiers are sent by e-mail under these rules, in small letters; empty where that is closed.
    adresse_depot = me.StringField(default="")
    # The arrêté itself, as its préfecture gave it; a later version keeps it until another is given.
    arrete_cle = me.StringField(default="")
    arrete_nom = me.StringField(default="")


class Panne(Aggregate):
    """An outage of the téléservice, declared or detected; open while it has no end."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "substitution",
        "collection": "pannes",
        "auto_create_index": False,
        "indexes": [
            # One open outage of the same extent: several probes that see it declare one.
            {"fields": ["ouverte"], "unique": True, "partialFilterExpression": {"ouverte": {"$gt": ""}}},
            {"fields": ["-debut_date"]},
            {"fields": ["part"], "partialFilterExpression": {"part": {"$gt": ""}}},
        ],
    }

    ouverte = me.StringField(default="")
    debut_date = DayField(required=True)
    debut_time = me.DateTimeField(required=True)
    fin_date = DayField()
    fin_time = me.DateTimeField()
    prefectures = me.ListField(me.StringField())
    detectee = me.BooleanField(required=True)
    par = me.StringField(required=True)
    # Where its telling stands: the préfecture, the last route told; no préfecture when all was said.
    part = me.StringField(default="")
    apres = me.StringField(default="")


class PersonneProtegee(PersonneProtegeeBase):
    """Whether a person is protected, as deposit said it last."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "substitution",
        "collection": "personnes_protegees",
        "auto_create_index": False,
    }
