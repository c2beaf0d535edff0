"""A paper given: its immutable data and, for a récépissé, its signed code."""

from __future__ import annotations

import mongoengine as me

from chassis.mongo import DayField


class Papier(me.EmbeddedDocument):
    """`contenu` is the JSON of documents.Contenu; drawn on demand, never kept as a PDF."""

    numero = me.StringField(required=True)
    nature = me.StringField(required=True)
    emis_date = DayField(required=True)
    contenu = me.StringField(required=True)
    payload = me.StringField(default="")
    remplace_date = DayField()
    remplace_par = me.StringField(default="")
