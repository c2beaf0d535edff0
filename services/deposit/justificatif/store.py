"""Proofs made for one purpose, and each time that somebody looked."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField
from papier.store import Papier


class Justificatif(Aggregate):
    """A proof for one purpose: its code, its last day, its paper; revoked in one act."""

    usager_id = me.StringField(required=True)
    usage = me.StringField(required=True)
    code = me.StringField(required=True)
    faite_date = DayField(required=True)
    fin_date = DayField(required=True)
    retire_date = DayField()
    par = me.StringField(required=True)
    papier = me.EmbeddedDocumentField(Papier, required=True)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "justificatifs",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["code"], "unique": True},
            {"fields": ["papier.numero"], "unique": True},
            {"fields": ["usager_id", "-faite_date"]},
        ],
    }


class LectureJustificatif(me.Document):
    """Somebody looked: who she said she was, for what, when, and what she was answered; its reference is the receipt.

    The person reads it; what was answered to a third party is kept nowhere else.
    """

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    recu = me.StringField(required=True)
    justificatif_id = me.StringField(required=True)
    usager_id = me.StringField(required=True)
    organisme = me.StringField(required=True, max_length=200)
    usage = me.StringField(required=True)
    etat = me.StringField(required=True)
    reponse = me.DictField()
    # The document that proved when she was answered: what a refusal is about.
    document_numero = me.StringField(default="")
    refus_id = me.StringField(default="")
    jour_date = DayField(required=True)
    time = me.DateTimeField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "lectures_justificatifs",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["recu"], "unique": True},
            {"fields": ["usager_id", "-time"]},
        ],
    }
