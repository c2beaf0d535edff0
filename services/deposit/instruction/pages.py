"""A queue of agents on a page: its lines in one state, the count of each state, the pages around."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

Read = Callable[[str, int], Any]


def queue(endpoint: str, nom: str, filtres: Mapping[str, str], read: Read, first: str = "") -> dict[str, Any]:
    """What its template shows. `nom` is the parameter that names the state, `first` the state when it names none."""
    chosen, page = request.args.get(nom, ""), request.args.get("page", 0, type=int)
    state = chosen if chosen in filtres else first or next(iter(filtres))
    found = read(state, page)

    def to(code: str, **more: Any) -> str:
        return url_for(endpoint, **{nom: code, **more})

    return {
        "file": found,
        "filtres": [(_(name), to(code), found.comptes[code], code == state) for code, name in filtres.items()],
        "precedente": to(state, page=page - 1) if page > 0 else "",
        "suivante": to(state, page=page + 1) if found.suite else "",
    }
