"""The first level of the choice tree: life situations, not articles (DEP-11)."""

from __future__ import annotations

from dataclasses import dataclass

from droit.catalogue.lecture import Fiche, Lecture
from droit.dates import Citation

FILE = "familles.toml"


@dataclass(frozen=True)
class Situation:
    """A sentence that a person recognises, and the titles that answer it."""

    libelle: str
    titres: tuple[str, ...]


@dataclass(frozen=True)
class Famille:
    """A heading of the first level, in its order."""

    code: str
    libelle: str
    resume: str
    citation: Citation
    situations: tuple[Situation, ...]


def _situation(fiche: Fiche) -> Situation:
    situation = Situation(fiche.text("libelle"), fiche.texts("titres"))
    fiche.close()
    return situation


def read_familles(lecture: Lecture) -> dict[str, Famille]:
    """Reads `familles.toml`, in the order of the file."""
    fiche = lecture.open(FILE)
    familles: dict[str, Famille] = {}
    for code in fiche.names():
        entry = fiche.table(code)
        situations = tuple(_situation(s) for s in entry.tables("situations"))
        familles[code] = Famille(code, entry.text("libelle"), entry.text("resume"), entry.citation(), situations)
        entry.close()
    return familles
