"""What an agent promises: on the page of a channel or by its API."""

from __future__ import annotations

from pydantic import Field

from chassis.web.inputs import Body, CivilDay


class Parole(Body):
    """What an agent promises, and its last day; `texte` is read by the person."""

    genre: str = Field(title="Ce qui est promis", min_length=1, max_length=20)
    jour: CivilDay = Field(title="Dernier jour")
    texte: str = Field(title="Précisions", default="", max_length=500)
