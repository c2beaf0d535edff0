"""What agents and machines send to notify: one model per command, read by its page and by its API route."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from chassis.web.inputs import Body, CivilDay


class Texte(Body):
    """Other words for a message that has not left; the SMS keeps its link whatever is typed."""

    objet: str = Field(min_length=1, max_length=200)
    corps: str = Field(min_length=1, max_length=20_000)
    sms: str = Field(min_length=1, max_length=600)


class Annulation(Body):
    """Why a message is withdrawn."""

    motif: str = Field(min_length=1, max_length=500)


class Rectification(Body):
    """The words that correct the message."""

    texte: str = Field(min_length=1, max_length=5000)


class Poste(Body):
    """When a letter was posted, and its tracking number."""

    poste_date: CivilDay
    suivi: str = Field(default="", max_length=60)


class FinCourrier(Body):
    """What became of a posted letter."""

    issue: Literal["distribue", "revenu"]
    preuve: str = Field(min_length=1, max_length=200)


class Identite(Body):
    """What the person answers to the two questions."""

    nom: str = Field(min_length=1, max_length=200)
    reponse: str = Field(min_length=1, max_length=100)


class Resultat(Body):
    """How a call ended."""

    issue: Literal["joint", "absent", "tiers", "refus", "identite_refusee"]


class Accuse(BaseModel):
    """What the SMS gateway says of one message; fields that it adds are left aside."""

    id: str = Field(default="", max_length=200)
    reference: str = Field(max_length=60)
    state: str = Field(max_length=20)
