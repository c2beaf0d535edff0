"""An e-mail to the filing address of a préfecture: its file is on disk and this is written before 250 is answered."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.inbound import ReceivedMail


class Courriel(ReceivedMail):
    """The préfecture to which it was sent, and the route that it opened or joined."""

    prefecture = me.StringField(default="")
    voie_id = me.StringField(default="")

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "substitution",
        "collection": "courriels",
        "auto_create_index": False,
        "indexes": [{"fields": ["state", "next_time"]}, {"fields": ["prefecture", "-time"]}],
    }
