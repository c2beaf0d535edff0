"""Reads the texts as a page shows them: the version in force, those before it, and the rules that it puts in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from chassis import clock
from droit.catalogue import Catalogue
from droit.catalogue.consigne import Consigne, Genre, Version
from droit.dates import Position, under_heading
from droit.decision import Genre as GenreDeMotif
from droit.decision import Motif, Refused

CONSIGNE_INCONNUE = Motif(
    "CONSIGNE_INCONNUE",
    "regle-du-service",
    "Aucun texte publié ne porte ce nom, ou pas ce jour-là.",
    "Revenez à la liste des textes.",
    GenreDeMotif.INTROUVABLE,
)
ACCESSIBILITE = "accessibilite"


@dataclass(frozen=True)
class Regle:
    """A national rule as it applies today: what it is, its value, and its source with its day and position."""

    libelle: str
    valeur: str
    source: str


@dataclass(frozen=True)
class Texte:
    """One text: the version shown, whether it is the one in force, and all of its versions."""

    consigne: Consigne
    version: Version
    en_vigueur: bool
    regles: tuple[Regle, ...]


@dataclass(frozen=True)
class Recueil:
    """The texts of a deployment, with the position of the law that it applies."""

    catalogue: Catalogue
    position: Position

    def by_genre(self) -> list[tuple[Genre, list[Texte]]]:
        """Every text in force, by what it is for, in the order of the enumeration."""
        today, order = clock.today(), list(Genre)
        found = [
            Texte(consigne, version, True, ())
            for consigne in self.catalogue.consignes.values()
            if (version := consigne.on(today))
        ]
        found.sort(key=lambda text: (order.index(text.consigne.genre), text.consigne.titre))
        return [(genre, list(same)) for genre, same in groupby(found, key=lambda text: text.consigne.genre)]

    def find(self, code: str, depuis: str = "") -> Texte:
        """One text today, or as it was from a day on. Raises Refused(CONSIGNE_INCONNUE)."""
        consigne, today = self.catalogue.consignes.get(code), clock.today()
        current = consigne.on(today) if consigne else None
        version = consigne.begun_on(depuis) if consigne and depuis else current
        if consigne is None or version is None:
            raise Refused(CONSIGNE_INCONNUE)
        regles = tuple(self._regle(cle, today) for cle in consigne.regles)
        return Texte(consigne, version, version is current, regles)

    def _regle(self, cle: str, day: date) -> Regle:
        rule = self.catalogue.national.regles[cle]
        applied = rule.valeur.at(day, self.position)
        return Regle(rule.libelle, _in_words(applied.value, rule.unite), under_heading(applied.regle))


def _in_words(value: object, unite: str) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, tuple):
        return ", ".join(str(part).replace("-", " ") for part in value) or "aucun"
    return f"{value}" if unite == "nombre" else f"{value} {unite}"
