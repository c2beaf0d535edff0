"""What a person says when she cannot go on: one model, whichever service she says it to."""

from __future__ import annotations

from functools import cached_property

from pydantic import Field

from blocage.rules import ESSAI_MAX
from chassis.web.inputs import Body
from personne.adresse import BoiteContact
from personne.departement import CodeDepartement
from personne.joindre import Joignable, read_box


class Obstacle(Body):
    """Only `essai`, what happened, is needed. `contact` is one box for an e-mail, a telephone, a postal address."""

    essai: str = Field(title="Ce qui vous bloque", min_length=1, max_length=ESSAI_MAX)
    prefecture: CodeDepartement = Field(title="Département", default="", max_length=3)
    contact: BoiteContact = ""

    @cached_property
    def joignable(self) -> Joignable:
        """The ways that she wrote in the box."""
        return read_box(self.contact, self.prefecture)

    @property
    def precis(self) -> str:
        """What happened, and what she wrote in the box when no way could be read in it: an agent reads it."""
        return self.essai if self.joignable.somehow else f"{self.essai}\n{self.contact}".strip()


class Signalement(Obstacle):
    """The same by the page « Je n'y arrive pas »: for which démarche or demande, and on which page she was."""

    de: str = Field(default="", max_length=160)
    demarche: str = Field(default="", max_length=100)
    demande: str = Field(default="", max_length=64)
