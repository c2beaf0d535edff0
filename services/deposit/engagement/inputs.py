"""What is typed of a promise, of a case for the programme desk, of a closing to undo: on a page or by API."""

from __future__ import annotations

from pydantic import Field

from chassis.web.inputs import Body, CivilDay


class Promesse(Body):
    """What is promised, and its last day."""

    genre: str = Field(title="Ce qui est promis", min_length=1, max_length=20)
    jour: CivilDay = Field(title="Dernier jour")
    texte: str = Field(title="Précisions", default="", max_length=500)


class Annulation(Body):
    """Why an automatic closing is undone."""

    motif: str = Field(title="Pourquoi", min_length=1, max_length=1000)


class Remontee(Body):
    """What cannot be lifted here."""

    objet: str = Field(title="Ce qui bloque", min_length=1, max_length=30)
    texte: str = Field(title="Ce que vous avez essayé", min_length=1, max_length=2000)
    ancienne: str = Field(title="Ancienne demande", default="", max_length=20)


class Levee(Body):
    """What the programme desk did, in words for the person; `acte` is what it does with it."""

    texte: str = Field(title="Ce qui a été fait", min_length=1, max_length=2000)
    acte: str = Field(title="Acte", default="aucun", max_length=20)


class SuiteDeMission(Body):
    """The next step of a support mission, and why."""

    state: str = Field(title="Suite", min_length=1, max_length=20)
    mot: str = Field(title="Pourquoi, ou ce qui a été vu", default="", max_length=2000)
