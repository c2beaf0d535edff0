"""What is typed of a filing made elsewhere: on a page or by API."""

from __future__ import annotations

from pydantic import Field

from chassis.web.inputs import Body, CivilDay
from personne.departement import CodeDepartement
from services.deposit.reprise.rules.anterieur import LIEUX


class DepotAnterieur(Body):
    """A filing made elsewhere."""

    depot: CivilDay = Field(title="Jour du premier dépôt")
    lieu: str = Field(title="Où", max_length=40, pattern="^(" + "|".join(LIEUX) + ")$")
    numero: str = Field(title="Numéro de ce dépôt", default="", max_length=60)
    document: str = Field(title="Document donné", default="", max_length=120)
    document_fin: CivilDay | None = Field(title="Dernier jour de ce document", default=None)
    prefecture: CodeDepartement = Field(title="Préfecture de ce dépôt", default="", max_length=3)


class DepotReconnu(DepotAnterieur):
    """A filing made elsewhere that nobody wrote here."""

    titre_code: str = Field(title="Titre demandé", min_length=1, max_length=60)
    fin_titre_date: CivilDay | None = Field(title="Dernier jour du titre tenu", default=None)


class Fermeture(Body):
    """Why an old demande is closed."""

    motif: str = Field(title="Ce que vous avez vérifié", min_length=1, max_length=1000)
