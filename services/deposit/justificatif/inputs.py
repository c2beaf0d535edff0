"""What is typed of a proof for one purpose: by who makes it and by who checks it, on a page or by API."""

from __future__ import annotations

from pydantic import Field

from chassis.web.inputs import Body
from personne.naissance import JourDeNaissance

LOT_MAX = 50


class Demande(Body):
    """For what, and for how many days."""

    usage: str = Field(title="À quoi sert ce justificatif", min_length=1, max_length=20)
    jours: int = Field(title="Nombre de jours", default=30, ge=1, le=3650)


class Code(Body):
    """The code and the birth date of the person who gave it."""

    code: str = Field(title="Code", min_length=8, max_length=20)
    naissance: JourDeNaissance = Field(title="Date de naissance de la personne")


class Qui(Body):
    """Who checks, and for what: the person reads it."""

    organisme: str = Field(title="Votre nom ou celui de votre organisme", min_length=2, max_length=200)
    usage: str = Field(title="Pour quoi vous vérifiez", min_length=1, max_length=20)


class Verification(Code, Qui):
    """One check."""


class Lot(Qui):
    """Several checks of one organisation."""

    codes: list[Code] = Field(title="Codes", min_length=1, max_length=LOT_MAX)


class Recu(Body):
    """A receipt and the birth date of the person whom it is about."""

    recu: str = Field(title="Numéro du reçu", min_length=8, max_length=20)
    naissance: JourDeNaissance = Field(title="Date de naissance de la personne")


class Refus(Recu):
    """Why whoever checked does not accept the proof."""

    partenaire: str = Field(title="Quel genre d’organisme", min_length=1, max_length=40)
    texte: str = Field(title="Pourquoi vous ne l’acceptez pas", min_length=1, max_length=2000)
