"""What is typed of a helping structure, on a page or by API."""

from __future__ import annotations

from pydantic import Field

from chassis.web.inputs import Corps


class Structure(Corps):
    """A helping structure."""

    nom: str = Field(title="Nom", min_length=1, max_length=200)
    prefecture: str = Field(title="Préfecture", min_length=2, max_length=3)
    courriel: str = Field(title="Adresse e-mail", default="", max_length=254)


class Membre(Corps):
    """A member of a structure."""

    login: str = Field(title="Identifiant", min_length=3, max_length=60, pattern=r"^[A-Za-z0-9._@-]+$")
    nom: str = Field(title="Nom", min_length=1, max_length=200)
