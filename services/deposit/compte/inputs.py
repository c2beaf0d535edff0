"""What is typed to open an account, to sign in, and of one's own situation: on a page or by API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from chassis.passwords import TOO_EASY, NotGuessed, is_guessed
from chassis.web.inputs import Body, CivilDay
from personne.adresse import Adresse
from personne.departement import CodeDepartement
from personne.ecriture import Nom, spelt
from personne.naissance import JourDeNaissance
from personne.reference import NumeroEtranger
from personne.titre import FinDeTitre

MotDePasse = Annotated[NotGuessed, Field(min_length=8, max_length=200)]


class Ouverture(Body):
    """An account: name, day of birth and a password are all that is needed (DEP-02, DEP-09)."""

    nom: Nom = Field(title="Nom de famille", min_length=1, max_length=200)
    prenoms: Nom = Field(title="Prénoms", default="", max_length=200)
    nom_latin: Nom = Field(title="Nom en lettres latines", default="", max_length=200, validate_default=True)
    prenoms_latin: Nom = Field(title="Prénoms en lettres latines", default="", max_length=200, validate_default=True)
    naissance_date: JourDeNaissance = Field(title="Date de naissance")
    nationalite: str = Field(title="Nationalité", default="", max_length=80)
    numero_etranger: NumeroEtranger = Field(title="Numéro étranger", default="", max_length=20)
    prefecture: CodeDepartement = Field(title="Département", default="", max_length=3)
    courriel: str = Field(title="Adresse e-mail", default="", max_length=254)
    telephone: str = Field(title="Téléphone", default="", max_length=40)
    adresse: Adresse = Field(title="Adresse postale", default="")
    situation_reguliere: bool = True
    password: MotDePasse = Field(title="Mot de passe")

    @field_validator("nom_latin", "prenoms_latin")
    @classmethod
    def _spelt(cls, value: str, info: ValidationInfo) -> str:
        return spelt(value, info.data.get(str(info.field_name).removesuffix("_latin"), ""))

    @field_validator("password")
    @classmethod
    def _not_her_name(cls, value: str, info: ValidationInfo) -> str:
        nom, prenoms = info.data.get("nom", ""), info.data.get("prenoms", "")
        if is_guessed(value, nom, prenoms, nom + prenoms, prenoms + nom):
            raise ValueError(TOO_EASY)
        return value


class OuvertureParFournisseur(Body):
    """What the identity provider does not say; nothing of it is required."""

    numero_etranger: NumeroEtranger = Field(title="Numéro étranger", default="", max_length=20)
    prefecture: CodeDepartement = Field(title="Département", default="", max_length=3)
    courriel: str = Field(title="Adresse e-mail", default="", max_length=254)
    telephone: str = Field(title="Téléphone", default="", max_length=40)


class Numero(Body):
    """The number of a title, a récépissé or an asylum attestation, given after the account was opened."""

    numero_etranger: NumeroEtranger = Field(title="Numéro étranger", min_length=1, max_length=20)
    # The page of ours from which she came.
    suite: str = Field(default="", max_length=300)


class Connexion(Body):
    """Identifier, number or e-mail, with the password; the code of the second factor goes with them by API."""

    identifiant: str = Field(title="Identifiant", min_length=1, max_length=254)
    password: str = Field(title="Mot de passe", min_length=1, max_length=200)
    code: str = Field(default="", max_length=20)


class Code(Body):
    """A code of the sheet, of the application or of the message."""

    code: str = Field(title="Code", min_length=1, max_length=20)


class VoieAConfirmer(Body):
    """Which of the ways that she gave waits for a code."""

    voie: Literal["COURRIEL", "SMS"] = Field(title="Ce qui est à confirmer")


class Confirmation(VoieAConfirmer):
    """The code that came there."""

    code: str = Field(title="Code reçu", min_length=1, max_length=20)


class Oubli(Body):
    """Whose password is lost."""

    identifiant: str = Field(title="Identifiant", min_length=1, max_length=254)


class NouveauMotDePasse(Body):
    """A new password."""

    password: MotDePasse = Field(title="Nouveau mot de passe")


class Presence(Body):
    """That it is she who acts, and not whoever found her session open."""

    preuve: str = Field(title="Votre mot de passe, ou un de vos codes", default="", max_length=200)


class MotDePasseChange(NouveauMotDePasse, Presence):
    """Another password, chosen while she is signed in."""


class Reclamation(Body):
    """Which account is not hers, who she is, and how she can be reached."""

    identifiant: str = Field(title="Numéro étranger ou adresse e-mail du compte", min_length=3, max_length=254)
    nom: str = Field(title="Votre nom", min_length=1, max_length=200)
    naissance_date: JourDeNaissance = Field(title="Date de naissance")
    contact: str = Field(title="Téléphone, adresse e-mail ou adresse postale à vous", min_length=3, max_length=254)
    prefecture: CodeDepartement = Field(title="Département", default="", max_length=3)


class Reouverture(Body):
    """That it is she who opens again the account that somebody disputed: what the mailbox alone does not give."""

    identifiant: str = Field(title="Identifiant", min_length=1, max_length=254)
    password: str = Field(title="Mot de passe", min_length=1, max_length=200)
    code: str = Field(title="Code de votre application ou de votre feuille", min_length=1, max_length=20)


class Contacts(Body):
    """What changes of how the person is reached; what is left out stays."""

    telephone: str | None = Field(default=None, max_length=40)
    adresse: Adresse | None = None
    prefecture: CodeDepartement | None = Field(default=None, max_length=3)
    langue: str | None = Field(default=None, max_length=10)


class Changement(Body):
    """What changes, in words; an address or a telephone also becomes the one where the person is reached.

    An address or a telephone left out stays; an empty one is taken away.
    """

    objet: str = Field(title="Ce qui change", min_length=1, max_length=30)
    texte: str = Field(title="Le changement", default="", max_length=4000)
    adresse: Adresse | None = Field(title="Nouvelle adresse", default=None)
    telephone: str | None = Field(title="Nouveau téléphone", default=None, max_length=40)
    prefecture: CodeDepartement = Field(title="Département", default="", max_length=3)
    langue: str = Field(title="Langue des messages", default="", max_length=10)


class TitreDetenu(Body):
    """A title held: its last day is all that is needed."""

    titre_code: str = Field(title="Quel titre", default="", max_length=60)
    libelle: str = Field(title="Son nom", default="", max_length=200)
    numero: str = Field(title="Numéro", default="", max_length=30)
    debut_date: CivilDay | None = Field(title="Premier jour", default=None)
    fin_date: FinDeTitre = Field(title="Dernier jour")


class TitreRepris(TitreDetenu):
    """A title of an older application; `remis` false when nobody recorded the handing over."""

    numero_etranger: NumeroEtranger = Field(min_length=1, max_length=20)
    remis: bool | None = None


class Message(Body):
    """Words for the préfecture."""

    texte: str = Field(title="Votre message", min_length=1, max_length=8000)


class Empechement(Body):
    """Why the pieces cannot be sent yet."""

    texte: str = Field(title="Ce qui vous empêche", min_length=1, max_length=4000)


class PointAccueil(Body):
    """The reception point that tells her what is sent to her; empty for none."""

    lieu_id: str = Field(title="Point d’accueil", default="", max_length=60)


class Protection(Presence):
    """The ways by which a threatened person can be written to safely; her proof where she is protected already."""

    canaux: tuple[Literal["COURRIEL", "SMS", "APPEL", "LETTRE", "ACCUEIL"], ...] = ()
    # The page of ours from which she came.
    suite: str = Field(default="", max_length=300)


class Repudiation(Presence):
    """What the person knows of a demande that she did not file, and that it is she who says so."""

    texte: str = Field(title="Ce que vous savez", default="", max_length=4000)
