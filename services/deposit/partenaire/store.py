"""Refusals of documents by partners, each followed until it is answered (XCT-13)."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField
from services.deposit.partenaire.rules import FOLLOWING, OUVERT


class RefusPartenaire(Aggregate):
    """An organisation refused a document: which one, on what day, with which words, and what was done since."""

    usager_id = me.StringField(required=True)
    demande_id = me.StringField(required=True)
    reference = me.StringField(required=True)
    prefecture = me.StringField(required=True)
    partenaire = me.StringField(required=True)
    organisme = me.StringField(required=True, max_length=200)
    document_numero = me.StringField(required=True)
    document_nature = me.StringField(required=True)
    refus_date = DayField(required=True)
    texte = me.StringField(default="", max_length=2000)
    par = me.StringField(required=True)
    state = me.StringField(required=True, choices=tuple(FOLLOWING), default=OUVERT)
    suites = me.ListField(me.DictField())

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "refus_partenaires",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["usager_id", "-refus_date"]},
            {"fields": ["prefecture", "state", "refus_date"]},
            {"fields": ["refus_date"]},
        ],
    }
