"""What is said of something that blocks: on a page or by API."""

from __future__ import annotations

from pydantic import Field

from chassis.web.inputs import Body
from personne.departement import CodeDepartement


class Blocage(Body):
    """What was met: `symptome` is the name of sejour.blocage.v1.Symptome without its prefix."""

    symptome: str = Field(default="AUTRE", max_length=40)
    titre_code: str = Field(default="", max_length=60)
    demarche_code: str = Field(default="", max_length=60)
    demande_id: str = Field(default="", max_length=64)
    prefecture: CodeDepartement = Field(default="", max_length=3)
    precis: str = Field(default="", max_length=4000)


class ReferenceDeBlocage(Body):
    """The reference of a blocage met elsewhere, or before the account."""

    reference: str = Field(title="Référence du blocage", min_length=4, max_length=20)


class FinArret(Body):
    """What stopped a delay and is over."""

    cle: str = Field(title="Arrêt", min_length=1, max_length=200)


class DejaEnCours(Body):
    """What another site or a counter answered."""

    precis: str = Field(title="Ce qu’on vous a dit", min_length=1, max_length=4000)
    demarche: str = Field(title="La démarche", default="", max_length=60)
