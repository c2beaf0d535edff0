"""A queue of agents on a page: its lines in one state, the count of each state, the way to the next page and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from flask import request, url_for
from flask_babel import gettext as _

from chassis import lists


class Page(Protocol):
    """What a queue answers with: its lines are the template's own matter."""

    @property
    def comptes(self) -> Mapping[str, int]:
        """How many there are in each state."""

    @property
    def suite(self) -> str:
        """Where the next page begins; empty at the end."""


Read = Callable[[str, str], Page]


def queue(endpoint: str, nom: str, filtres: Mapping[str, str], read: Read, first: str = "") -> dict[str, Any]:
    """What its template shows. `nom` is the parameter that names the state, `first` the state when it names none."""
    chosen, after = request.args.get(nom, ""), request.args.get("apres", "")[: lists.CURSOR_MAX]
    state = chosen if chosen in filtres else first or next(iter(filtres))
    found = read(state, after)

    def to(code: str, **more: Any) -> str:
        return url_for(endpoint, **{nom: code, **more})

    return {
        "file": found,
        "filtres": [
            (_(name), to(code), lists.in_words(found.comptes[code]), code == state) for code, name in filtres.items()
        ],
        "premiere": to(state) if after else "",
        "suivante": to(state, apres=found.suite) if found.suite else "",
    }
