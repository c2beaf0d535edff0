"""What is typed to begin a demande, to fill it in and to add pieces: on a page or by API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from chassis.web.inputs import Body, CivilDay, WithFile
from personne.departement import CodeDepartement
from personne.ecriture import NomLatin
from personne.naissance import JourDeNaissance
from personne.titre import FinDeTitre

TITULAIRE, VISA, AUCUN, SANS = "titre", "visa", "aucun", "sans"
# As a message says them.
SITUATIONS = {
    TITULAIRE: "un titre de séjour, ou un titre déjà fini",
    VISA: "un visa : première demande de titre",
    AUCUN: "pas de titre : première demande",
    SANS: "en France sans titre",
}
Texte = Annotated[str, Field(max_length=4000)]


class NouvelleDemande(Body):
    """What is asked for: a title by `titre_code`, or another démarche by `demarche_code`.

    What is held is said in one word, `situation`, or by `situation_reguliere` and `visa`; the child for whom it is, by
    its three fields or together in `beneficiaire`. `usager_id` is for whom, when a mandate allows it: oneself if empty.
    """

    usager_id: str = Field(default="", max_length=64)
    titre_code: str = Field(default="", max_length=60)
    demarche_code: str = Field(default="", max_length=60)
    prefecture: CodeDepartement = Field(title="Département", default="", max_length=3)
    situation: Literal["", "titre", "visa", "aucun", "sans"] = Field(title="Votre situation", default="")
    fin_titre_date: FinDeTitre | None = Field(title="Dernier jour du titre", default=None)
    # The kind of card held, by its code: what it proves after its last day depends on it, not on what is asked for.
    titre_tenu: str = Field(title="Votre titre actuel", default="", max_length=60)
    situation_reguliere: bool = True
    # What ends on `fin_titre_date` is a visa: it is a first demande.
    visa: bool = False
    beneficiaire: dict[str, str] | None = None
    beneficiaire_nom: NomLatin = Field(title="Nom de l’enfant", default="", max_length=200)
    beneficiaire_prenoms: NomLatin = Field(title="Prénoms de l’enfant", default="", max_length=200)
    beneficiaire_naissance_date: JourDeNaissance | None = Field(title="Naissance de l’enfant", default=None)


class PremierePage(Body):
    """The first page of a filed demande, put right: what is left out stays."""

    titre_code: str | None = Field(title="Titre demandé", default=None, max_length=60)
    prefecture: CodeDepartement | None = Field(title="Département", default=None, max_length=3)
    situation: Literal["titre", "visa", "aucun", "sans"] | None = Field(title="Situation", default=None)
    fin_titre_date: FinDeTitre | None = Field(title="Dernier jour du titre ou du visa", default=None)
    beneficiaire_nom: NomLatin | None = Field(title="Nom de l’enfant", default=None, max_length=200)
    beneficiaire_prenoms: NomLatin | None = Field(title="Prénoms de l’enfant", default=None, max_length=200)
    beneficiaire_naissance_date: JourDeNaissance | None = Field(title="Naissance de l’enfant", default=None)


class Reponse(Body):
    """One answer; empty is an answer too."""

    reponse: Texte = Field(title="Votre réponse", default="")


class ReponseJour(Body):
    """One answer that is a day."""

    reponse: CivilDay | None = Field(title="Votre réponse", default=None)


class Reponses(Body):
    """Answers of the form, by name."""

    reponses: dict[str, Texte] = Field(max_length=60)


class Taxe(Body):
    """Something to pay, by its name in the catalogue."""

    code: str = Field(max_length=60)


class Timbre(Taxe):
    """The number printed on a timbre fiscal."""

    numero: str = Field(title="Numéro du timbre", pattern=r"^[0-9A-Za-z][0-9A-Za-z ]{5,39}$")


class Piece(WithFile):
    """Which piece the file is."""

    code: str = Field(title="Pièce", default="autre", max_length=60)
