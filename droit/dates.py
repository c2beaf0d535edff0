"""A legal value is dated, sourced and, where a recommendation would change it, has two positions (XCT-01)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from droit.decision import Refused
from droit.jours import day_in_words
from droit.motifs import AVANT_LA_REGLE

T = TypeVar("T", covariant=True)


class Position(StrEnum):
    """The two positions of the switch: what a text says, or what the recommendations ask."""

    RECOMMANDATION = "recommandation"
    DROIT_EN_VIGUEUR = "droit_en_vigueur"

    @property
    def libelle(self) -> str:
        """As printed on an output."""
        return self.value.replace("_", " ")


_OUR_FILE = re.compile(r"(\s*;\s*)?lu dans [^;]*")


@dataclass(frozen=True)
class Citation:
    """A text of `textes.toml` and, where it is long, the place in it."""

    texte: str
    titre: str
    section: str = ""

    def __str__(self) -> str:
        # In which of our files it was read is for whoever checks the catalogue, not for a State's paper.
        place = _OUR_FILE.sub("", self.section)
        return f"{self.titre} ({place})" if place else self.titre


@dataclass(frozen=True)
class Bloc(Generic[T]):
    """A value from one day on; `position` is None when both positions say the same."""

    depuis: date
    valeur: T
    citation: Citation
    position: Position | None = None


@dataclass(frozen=True)
class Valeur(Generic[T]):
    """The value that applies on a day in a position, with what an output must show of it."""

    value: T
    depuis: date
    citation: Citation
    position: Position

    @property
    def source(self) -> str:
        """The key of `textes.toml`."""
        return self.citation.texte

    @property
    def regle(self) -> str:
        """The sentence that every output shows (XCT-01)."""
        return regle_appliquee(self.citation, self.position, self.depuis)


INTITULE = "Règle appliquée : "


def under_heading(regle: str) -> str:
    """The rule without its heading, where « Règle appliquée » is already printed beside it."""
    return regle.replace(INTITULE, "")


def regle_appliquee(citation: Citation, position: Position, depuis: date) -> str:
    """« Règle appliquée : <texte>, position <position>, depuis le <date> »."""
    return f"{INTITULE}{citation}, position {position.libelle}, depuis le {day_in_words(depuis)}"


@dataclass(frozen=True)
class Dated(Generic[T]):
    """Blocks in the order of their dates; a change adds one and overwrites none."""

    blocs: tuple[Bloc[T], ...]

    def at(self, day: date, position: Position) -> Valeur[T]:
        """The last block begun on `day`, which the calling rule chooses. Raises Refused(AVANT_LA_REGLE)."""
        begun = [b for b in self.blocs if b.position in (None, position) and b.depuis <= day]
        if not begun:
            raise Refused(AVANT_LA_REGLE, details={"jour": day.isoformat()})
        bloc = max(begun, key=lambda b: b.depuis)
        return Valeur(bloc.valeur, bloc.depuis, bloc.citation, position)

    def is_known(self, day: date, position: Position) -> bool:
        """Whether a block applies on `day`."""
        return any(b.position in (None, position) and b.depuis <= day for b in self.blocs)

    @property
    def switched(self) -> bool:
        """Whether the two positions differ."""
        return any(b.position is not None for b in self.blocs)
