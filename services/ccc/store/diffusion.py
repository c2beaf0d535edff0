"""Who gets the bulletins of known faults, and the bulletins as they came out."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField
from services.ccc.rules.diffusion import ANOMALIES, CIBLES, GENRES, PARU, PREVU


class Abonne(Aggregate):
    """A mailbox of a desk: of the contact centre, of a préfecture, of a reception point."""

    cible = me.StringField(required=True, choices=CIBLES)
    prefecture = me.StringField(default="")
    nom = me.StringField(required=True, max_length=200)
    courriel = me.StringField(required=True, max_length=254)
    actif = me.BooleanField(default=True)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "abonnes",
        "auto_create_index": False,
        "indexes": [{"fields": ["actif", "_id"]}],
    }


class Bulletin(Aggregate):
    """What the desks are told on one day: the open faults, or a démarche that joins the téléservice."""

    jour_date = DayField(required=True)
    state = me.StringField(required=True, choices=(PREVU, PARU), default=PREVU)
    genre = me.StringField(required=True, choices=GENRES, default=ANOMALIES)
    # What joins the téléservice, and when.
    libelle = me.StringField(default="")
    effet_date = DayField()
    ouvertes = me.ListField(me.StringField())
    resolues = me.ListField(me.StringField())
    # Where the job that writes to each mailbox has come to; empty of job, nothing waits.
    envoi = me.StringField(default="")
    envoi_curseur = me.StringField(default="")

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "bulletins",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["state", "-jour_date"]},
            {"fields": ["envoi"], "partialFilterExpression": {"envoi": {"$gt": ""}}},
        ],
    }
