"""An e-mail as it came: its file is on disk and this document is written before the sending server is told 250."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

RECU, LU, IGNORE = "RECU", "LU", "IGNORE"


class Courriel(me.Document):
    """Its identifier is the SHA-256 of sender, recipient and content: sent again, it is the same one."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    cle = me.StringField(required=True)
    expediteur = me.StringField(default="")
    state = me.StringField(required=True, default=RECU)
    time = me.DateTimeField(required=True)
    next_time = me.DateTimeField(required=True)
    essais = me.IntField(default=0)
    saisine_id = me.StringField(default="")
    cause = me.StringField(default="")
    # An agent saw that no machine wrote it.
    personne = me.BooleanField(default=False)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "courriels",
        "auto_create_index": False,
        "indexes": [{"fields": ["state", "next_time"]}, {"fields": ["expediteur", "-time"]}],
    }
