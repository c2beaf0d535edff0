"""What an agent fills in for each act, on a page or by API: the limits are said here, once."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from chassis.web.inputs import Body, CivilDay, Lines, WithFile, lines_of
from personne.departement import CodeDepartement
from personne.naissance import JourDeNaissance
from personne.reference import NumeroEtranger
from services.deposit.demande.inputs import PremierePage
from services.deposit.instruction.inputs import EtatCivil as EtatCivil
from services.deposit.instruction.inputs import Urgence as Urgence


class Moyens(Body):
    """How to reach the holder of a number that was freed: one way is enough; and who she is, where the disputed account
    bears another name.
    """

    nom: str = Field(title="Nom", default="", max_length=200)
    prenoms: str = Field(title="Prénoms", default="", max_length=200)
    naissance: JourDeNaissance | None = Field(title="Jour de naissance", default=None)
    courriel: str = Field(title="Adresse e-mail", default="", max_length=254)
    telephone: str = Field(title="Téléphone", default="", max_length=40)


class Retour(Body):
    """How a holder without e-mail is called, where it changed."""

    telephone: str = Field(title="Téléphone", default="", max_length=40)


class Reconnaissance(Body):
    """Whose account a demande belongs to, or none of those shown."""

    compte: str = Field(title="De qui est cette demande", min_length=1, max_length=64)


class Numero(Body):
    """A numéro étranger."""

    numero: NumeroEtranger = Field(title="Numéro étranger", min_length=1, max_length=20)


class Pieces(Body):
    """Pieces asked for, by the catalogue, and words."""

    pieces: list[str] = Field(title="Pièces demandées", default_factory=list, max_length=20)
    texte: str = Field(title="Vos mots", default="", max_length=4000)


class Refus(Body):
    """A decision against, or a closing: refused by the action without its reason, its text and its ways of recourse."""

    motif: str = Field(title="Motif", default="", max_length=4000)
    texte: str = Field(title="Texte appliqué", default="", max_length=1000)
    recours: Lines = Field(title="Voies de recours", default="", max_length=2000)

    @property
    def voies(self) -> tuple[str, ...]:
        """The ways of recourse, one a line."""
        return lines_of(self.recours)


class Retrait(Body):
    """Why a refusal is withdrawn."""

    motif: str = Field(title="Pourquoi", default="", max_length=4000)


class Fermeture(Refus):
    """A closing without decision."""

    pieces_manquantes: list[str] = Field(title="Pièces qui manquent", default_factory=list, max_length=20)


class Jours(Body):
    """More days."""

    jours: int = Field(title="Jours en plus", ge=1, le=180)


class Cause(Body):
    """Why clocks stop."""

    cause: str = Field(title="Cause", min_length=1, max_length=100)


class Arret(Body):
    """A stop, by its key."""

    cle: str = Field(title="Arrêt", min_length=1, max_length=200)


class Arrivee(WithFile):
    """A piece that came by another way."""

    code: str = Field(title="Pièce", min_length=1, max_length=60)
    voie: Literal["guichet", "poste", "courriel", "pan"] = Field(title="Arrivée par")
    jour: CivilDay = Field(title="Jour d’arrivée")


class Correction(Body):
    """An answer corrected."""

    champ: str = Field(title="Réponse", min_length=1, max_length=100)
    valeur: str = Field(title="Bonne réponse", min_length=1, max_length=2000)
    motif: str = Field(title="Pourquoi", min_length=1, max_length=1000)


class CorrectionDebut(PremierePage):
    """The first page corrected, with why."""

    motif: str = Field(title="Pourquoi", min_length=1, max_length=1000)


class Reponse(Body):
    """The answer to what waits for an agent."""

    code: str = Field(title="Ce qui attend", min_length=1, max_length=40)
    texte: str = Field(title="Votre réponse", min_length=1, max_length=4000)


class Document(Body):
    """A document by its number."""

    numero: str = Field(title="Document", min_length=1, max_length=19)


class Lieu(Body):
    """Where a title is handed over."""

    lieu: str = Field(title="Lieu", min_length=1, max_length=300)


class Accord(Body):
    """The card granted, where more than one was asked for: where one was, a program may send nothing."""

    @model_validator(mode="before")
    @classmethod
    def read_nothing(cls, sent: Any) -> Any:
        """No body says nothing."""
        return {} if sent is None else sent

    accorde: str = Field(title="Carte accordée", default="", max_length=60)


class Carte(Body):
    """What is printed on the card that is handed over."""

    numero: str = Field(title="Numéro de la carte", default="", max_length=40)
    debut_date: CivilDay | None = Field(title="Premier jour de la carte", default=None)
    fin_date: CivilDay | None = Field(title="Dernier jour de la carte", default=None)


class CarteTenue(Body):
    """The kind of card that the person holds."""

    titre_tenu: str = Field(title="Carte tenue", min_length=1, max_length=60)


class Ancienne(Body):
    """A past demande to close."""

    reference: str = Field(title="Ancienne demande", min_length=1, max_length=20)
    motif: str = Field(title="Ce que vous avez vérifié", min_length=1, max_length=1000)


class Departement(Body):
    """Where a demande goes."""

    prefecture: CodeDepartement = Field(title="Nouvelle préfecture", min_length=2, max_length=3)


class Texte(Body):
    """A message, and what it promises with its last day."""

    texte: str = Field(title="Message", min_length=1, max_length=8000)
    promesse: str = Field(title="Ce que ce message promet", default="", max_length=20)
    jour: CivilDay | None = Field(title="Dernier jour", default=None)


class Courriel(Body):
    """Another e-mail."""

    courriel: str = Field(title="Nouvelle adresse e-mail", min_length=3, max_length=254)


class RemisePassee(Body):
    """A past handing over."""

    jour: CivilDay = Field(title="Jour de la remise")
    motif: str = Field(title="Ce que vous avez vérifié", min_length=1, max_length=1000)


class Protection(Body):
    """Whether the account is protected; the protection is taken off after a paper seen."""

    protege: bool = Field(title="Protection", default=True)


class Recherche(Body):
    """How a person is looked for: one line is enough."""

    numero_etranger: str = Field(title="Numéro étranger", default="", max_length=20)
    reference: str = Field(title="Référence", default="", max_length=20)
    nom: str = Field(title="Nom", default="", max_length=200)
    naissance: JourDeNaissance | None = Field(title="Jour de naissance", default=None)
