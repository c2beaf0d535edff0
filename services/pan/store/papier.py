"""A paper given: the immutable data from which it is drawn on demand, kept in the aggregate whose act gave it."""

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
    """One document: its number is its key, `contenu` the JSON of its data."""

    numero = me.StringField(required=True)
    nature = me.StringField(required=True)
    emis_date = DayField(required=True)
    contenu = me.StringField(required=True)
    remplace_date = DayField()
