"""The blocages that substitution itself records."""

from __future__ import annotations

from typing import Any, ClassVar

from blocage.store import INDEXES, BlocageBase


class Blocage(BlocageBase):
    """A constat made here: by a person sent by the static page of a dead service, or by an agent of a préfecture."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "substitution",
        "collection": "blocages",
        "auto_create_index": False,
        "indexes": INDEXES,
    }
