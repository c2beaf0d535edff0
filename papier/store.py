"""A paper given: its number is its key, `contenu` the JSON from which it is drawn; it is never kept as a PDF."""

from __future__ import annotations

from typing import Any

import mongoengine as me

from chassis.mongo import DayField

PAPIERS_INDEX: dict[str, Any] = {
    "fields": ["papiers.numero"],
    "unique": True,
    "partialFilterExpression": {"papiers.numero": {"$gt": ""}},
}


class Papier(me.EmbeddedDocument):
    """`payload` is the signed code of a paper that carries rights; `automatique`: no agent gave it."""

    numero = me.StringField(required=True)
    nature = me.StringField(required=True)
    emis_date = DayField(required=True)
    contenu = me.StringField(required=True)
    payload = me.StringField()
    automatique = me.BooleanField()
    remplace_date = DayField()
    remplace_par = me.StringField()
