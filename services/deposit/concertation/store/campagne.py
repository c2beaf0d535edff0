"""The campaign that tells people, before its date of effect, that a démarche joins the téléservice."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField

# Who is written to, one after the other; then nobody is left.
TITULAIRES, STRUCTURES = "TITULAIRES", "STRUCTURES"


class Campagne(Aggregate):
    """One démarche that joins on one day: opened P-CAMPAGNE days before, once (NOT-11)."""

    code = me.StringField(required=True)
    libelle = me.StringField(required=True)
    effet_date = DayField(required=True)
    ouverture_date = DayField(required=True)
    # Where the job that writes to each has come to; empty of job, nobody waits.
    envoi = me.StringField(default=TITULAIRES)
    envoi_curseur = me.StringField(default="")

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "campagnes",
        "auto_create_index": False,
        "indexes": [{"fields": ["envoi"], "partialFilterExpression": {"envoi": {"$gt": ""}}}],
    }
