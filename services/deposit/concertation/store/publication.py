"""Who answers for each thing published, and when it was last read again (XCT-11)."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField


class Publication(Aggregate):
    """A card of the section: `titre:etudiant`, `demarche:duplicata`, `partenaire:caf`."""

    responsable = me.StringField(required=True, max_length=200)
    relue_date = DayField(required=True)
    retiree = me.BooleanField(default=False)
    journal = me.ListField(me.DictField())

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "publications",
        "auto_create_index": False,
        "indexes": [],
    }
