"""The blocages that substitution itself records."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from blocage.store import INDEXES, BlocageBase
from chassis.mongo import Aggregate


class Blocage(BlocageBase):
    """A constat made here: by a person sent by the static page of a dead service, or by an agent of a préfecture."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "substitution",
        "collection": "blocages",
        "auto_create_index": False,
        "indexes": INDEXES,
    }


class PersonneBloquee(Aggregate):
    """That a person was blocked in a month, whatever service saw it: `<parcours>:<month>`, for the figures (SUB-22)."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "substitution",
        "collection": "personnes_bloquees",
        "auto_create_index": False,
        "indexes": [],
    }

    service = me.StringField(required=True)
