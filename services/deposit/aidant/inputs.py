"""What is typed of a helping structure, of its members and of a mandate: on a page or by API."""

from __future__ import annotations

from pydantic import Field

from chassis.passwords import NotGuessed
from chassis.web.inputs import Body, CivilDay
from personne.departement import CodeDepartement


class Structure(Body):
    """A helping structure."""

    nom: str = Field(title="Nom", min_length=1, max_length=200)
    prefecture: CodeDepartement = Field(title="Préfecture", min_length=2, max_length=3)
    courriel: str = Field(title="Adresse e-mail", default="", max_length=254)


class Membre(Body):
    """A member of a structure."""

    login: str = Field(title="Identifiant", min_length=3, max_length=60, pattern=r"^[A-Za-z0-9._@-]+$")
    nom: str = Field(title="Nom", min_length=1, max_length=200)


class Login(Body):
    """A member by her login."""

    login: str = Field(title="Collègue", min_length=1, max_length=60)


class Suspension(Body):
    """Why a structure is cut off."""

    motif: str = Field(title="Pourquoi", default="", max_length=1000)


class Connexion(Body):
    """A member signs in; the code of her application goes with it, but the first time on a page."""

    login: str = Field(title="Identifiant", min_length=1, max_length=60)
    password: str = Field(title="Mot de passe", min_length=1, max_length=200)
    code: str = Field(title="Code de votre application", default="", max_length=20)


class PremierCode(Body):
    """A first code: the key is in her application."""

    code: str = Field(title="Code de votre application", min_length=1, max_length=20)


class Activation(Body):
    """The first time: the code that the préfecture gave, and a password of one's own."""

    login: str = Field(title="Identifiant", min_length=1, max_length=60)
    code: str = Field(title="Code", min_length=1, max_length=20)
    password: NotGuessed = Field(title="Votre mot de passe", min_length=10, max_length=200)


class Relais(Body):
    """Whether her messages go to the structure of a mandate."""

    recevoir: bool = True


class Mandat(Body):
    """A mandate: to whom, for what (`lire`, `agir`), until when."""

    structure_id: str = Field(title="Structure", min_length=1, max_length=64)
    portee: list[str] = Field(title="Ce qui est permis", min_length=1, max_length=4)
    fin_date: CivilDay = Field(title="Dernier jour")
