"""A promise as the channel that made it shows it; the task itself is kept by deposit."""

from __future__ import annotations

import mongoengine as me

from chassis.mongo import DayField
from promesse.rules import EN_ATTENTE


class Promesse(me.EmbeddedDocument):
    """A promise as its channel shows it; `promesse_id` is that of the task, once deposit has noted it."""

    id = me.StringField(required=True)
    genre = me.StringField(required=True)
    echeance_date = DayField(required=True)
    texte = me.StringField(default="", max_length=500)
    par = me.StringField(required=True)
    state = me.StringField(required=True, default=EN_ATTENTE)
    promesse_id = me.StringField(default="")
    phrase = me.StringField(default="")
