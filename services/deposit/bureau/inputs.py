"""What an agent fills in for each act, on a page or by API: the limits are said here, once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from chassis.web.inputs import Corps, JourCivil


class Moyens(Corps):
    """How to reach the holder of a number that was freed: one way is enough."""

    courriel: str = Field(title="Adresse e-mail", default="", max_length=254)
    telephone: str = Field(title="Téléphone", default="", max_length=40)


class Numero(Corps):
    """A numéro étranger."""

    numero: str = Field(title="Numéro étranger", pattern=r"^[0-9][0-9 ]{4,18}$")


class Pieces(Corps):
    """Pieces asked for, by the catalogue, and words."""

    pieces: list[str] = Field(title="Pièces demandées", default_factory=list, max_length=20)
    texte: str = Field(title="Vos mots", default="", max_length=4000)


def _lines(value: Any) -> Any:
    """A page sends a text of several lines, a program may send a list of them."""
    return "\n".join(str(line) for line in value) if isinstance(value, list | tuple) else value


# One thing a line. By API a list does too.
Lignes = Annotated[
    str,
    BeforeValidator(_lines),
    WithJsonSchema({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class Refus(Corps):
    """A decision against, or a closing: refused by the action without its reason, its text and its ways of recourse."""

    motif: str = Field(title="Motif", default="", max_length=4000)
    texte: str = Field(title="Texte appliqué", default="", max_length=1000)
    recours: Lignes = Field(title="Voies de recours", default="", max_length=2000)

    @property
    def voies(self) -> tuple[str, ...]:
        """The ways of recourse, one a line."""
        return tuple(line.strip() for line in self.recours.splitlines() if line.strip())


class Fermeture(Refus):
    """A closing without decision."""

    pieces_manquantes: list[str] = Field(title="Pièces qui manquent", default_factory=list, max_length=20)


class Jours(Corps):
    """More days."""

    jours: int = Field(title="Jours en plus", ge=1, le=180)


class Cause(Corps):
    """Why clocks stop."""

    cause: str = Field(title="Cause", min_length=1, max_length=100)


class Arret(Corps):
    """A stop, by its key."""

    cle: str = Field(title="Arrêt", min_length=1, max_length=200)


class AvecFichier(Corps):
    """What is sent with a file. A program's request is read whole; the act gets the file stored, beside the answers."""

    fichier: Annotated[Any, WithJsonSchema({"type": "string", "format": "binary"})] = Field(default=None, exclude=True)


class Arrivee(AvecFichier):
    """A piece that came by another way."""

    code: str = Field(title="Pièce", min_length=1, max_length=60)
    voie: Literal["guichet", "poste", "courriel", "pan"] = Field(title="Arrivée par")
    jour: JourCivil = Field(title="Jour d’arrivée")


class Correction(Corps):
    """An answer corrected."""

    champ: str = Field(title="Réponse", min_length=1, max_length=100)
    valeur: str = Field(title="Bonne réponse", min_length=1, max_length=2000)
    motif: str = Field(title="Pourquoi", min_length=1, max_length=1000)


class Document(Corps):
    """A document by its number."""

    numero: str = Field(title="Document", min_length=1, max_length=19)


class Lieu(Corps):
    """Where a title is handed over."""

    lieu: str = Field(title="Lieu", min_length=1, max_length=300)


class Ancienne(Corps):
    """A past demande to close."""

    reference: str = Field(title="Ancienne demande", min_length=1, max_length=20)
    motif: str = Field(title="Ce que vous avez vérifié", min_length=1, max_length=1000)


class Departement(Corps):
    """Where a demande goes."""

    prefecture: str = Field(title="Nouvelle préfecture", min_length=2, max_length=3)


class Urgence(AvecFichier):
    """An urgency flagged."""

    motif: str = Field(title="Urgence", min_length=1, max_length=40)
    texte: str = Field(title="Ce qui se passe", default="", max_length=2000)


class Texte(Corps):
    """A message."""

    texte: str = Field(title="Message", min_length=1, max_length=8000)


class Courriel(Corps):
    """Another e-mail."""

    courriel: str = Field(title="Nouvelle adresse e-mail", min_length=3, max_length=254)


class RemisePassee(Corps):
    """A past handing over."""

    jour: JourCivil = Field(title="Jour de la remise")
    motif: str = Field(title="Ce que vous avez vérifié", min_length=1, max_length=1000)


class MandatPapier(Corps):
    """A mandate signed on paper."""

    structure_id: str = Field(title="Structure", min_length=1, max_length=64)
    portee: list[str] = Field(title="Ce qui est permis", min_length=1, max_length=4)
    fin_date: JourCivil = Field(title="Dernier jour")


class Protection(Corps):
    """Whether the account is protected; the protection is taken off after a paper seen."""

    protege: bool = Field(title="Protection", default=True)


class Recherche(Corps):
    """How a person is looked for: one line is enough."""

    numero_etranger: str = Field(title="Numéro étranger", default="", max_length=20)
    reference: str = Field(title="Référence", default="", max_length=20)
    nom: str = Field(title="Nom", default="", max_length=200)
    naissance: JourCivil | None = Field(title="Jour de naissance", default=None)
