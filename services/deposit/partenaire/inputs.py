"""What is typed of a document that an organisation refuses: on a page or by API."""

from __future__ import annotations

from pydantic import Field

from chassis.web.inputs import Body, CivilDay


class Refus(Body):
    """A refusal told in plain words; `urgence` also moves the dossier up in the queue (DEP-60)."""

    numero: str = Field(title="Numéro du document", min_length=1, max_length=40)
    partenaire: str = Field(title="Quel genre d’organisme", min_length=1, max_length=40)
    organisme: str = Field(title="Nom de l’organisme", min_length=1, max_length=200)
    refus_date: CivilDay = Field(title="Jour du refus")
    texte: str = Field(title="Ce qui a été dit", default="", max_length=2000)
    urgence: bool = Field(title="C’est urgent", default=False)


class Suite(Body):
    """Where a refusal is, and what was done with the organisation."""

    state: str = Field(title="Où en est le refus", min_length=1, max_length=20)
    texte: str = Field(title="Ce qui a été fait", min_length=1, max_length=2000)
