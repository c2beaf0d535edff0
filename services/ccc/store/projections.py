"""What ccc keeps of other services' facts: only what its own acts need, moving forward by version."""

from __future__ import annotations

from typing import Any, ClassVar

from personne.protegee import PersonneProtegeeBase
from prefecture.store import INDEXES, PrefectureConnueBase


class PrefectureConnue(PrefectureConnueBase):
    """The ways of a préfecture as substitution published them, by day of effect."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "prefectures_connues",
        "auto_create_index": False,
        "indexes": INDEXES,
    }


class PersonneProtegee(PersonneProtegeeBase):
    """Whether a person is protected, as deposit said it last."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "personnes_protegees",
        "auto_create_index": False,
    }
