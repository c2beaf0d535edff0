"""An e-mail to the contact centre: its file is on disk and this is written before the sending server is told 250."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.inbound import ReceivedMail


class Courriel(ReceivedMail):
    """The ticket that it opened or joined, and whether an agent saw that no machine wrote it."""

    saisine_id = me.StringField(default="")
    personne = me.BooleanField(default=False)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "courriels",
        "auto_create_index": False,
        "indexes": [{"fields": ["state", "next_time"]}, {"fields": ["expediteur", "-time"]}],
    }
