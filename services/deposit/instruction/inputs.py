"""What is typed of an urgency, an identity check, a correction contested, a title received: on a page or by API."""

from __future__ import annotations

from typing import Annotated

from flask_babel import lazy_gettext
from pydantic import Field, field_validator

from chassis.web.inputs import Body, CivilDay, WithFile, YesOrNo
from personne.ecriture import NomLatin
from personne.naissance import JourDeNaissance

# What a person answers to a question of the check.
ReponseDite = Annotated[str, Field(max_length=200)]


class Urgence(WithFile):
    """An urgency flagged."""

    motif: str = Field(title="Urgence", min_length=1, max_length=40)
    texte: str = Field(title="Ce qui se passe", default="", max_length=2000)


class Releve(Body):
    """What the agent has before her: answers to the questions, or what a paper with photograph says.

    `aidant` is the identifier of a helper who came for the person, empty when she is there herself.
    """

    reponses: dict[str, ReponseDite] = Field(max_length=10)
    pour: str = Field(default="", max_length=200)
    papier: str = Field(default="", max_length=20)
    aidant: str = Field(default="", max_length=200)

    @field_validator("reponses")
    @classmethod
    def _answered(cls, said: dict[str, str]) -> dict[str, str]:
        """Nothing typed is nothing to compare: it is no failed check."""
        if not any(said.values()):
            raise ValueError(
                lazy_gettext("Aucune réponse n’est écrite : il n’y a rien à comparer, et rien n’est compté.")
            )
        return said


class Contestation(Body):
    """Why a correction is wrong."""

    texte: str = Field(title="Pourquoi", default="", max_length=2000)


class ReponseRemise(Body):
    """Whether the title was received, on which day, and what is printed on it."""

    recu: YesOrNo
    jour: CivilDay | None = Field(title="Jour de la remise", default=None)
    numero: str = Field(title="Numéro du titre", default="", max_length=40)
    fin_date: CivilDay | None = Field(title="Dernier jour du titre", default=None)


class TitreRecu(Body):
    """A title that was handed over and not recorded."""

    jour_date: CivilDay = Field(title="Jour de la remise")


class EtatCivil(Body):
    """The name and the birth as a paper says them; what is empty stays."""

    nom: NomLatin = Field(title="Nom", default="", max_length=200)
    prenoms: NomLatin = Field(title="Prénoms", default="", max_length=200)
    naissance: JourDeNaissance | None = Field(title="Jour de naissance", default=None)
