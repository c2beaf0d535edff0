"""What one process of deposit works with: the catalogue, the position of the law, the signing authority, the files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from chassis.settings import PRODUCTION, Settings
from documents.autorite import Autorite
from droit.catalogue import Catalogue, catalogue
from droit.dates import Position


@dataclass(frozen=True)
class Cadre:
    """Read once at start-up; rules and actions receive parts of it."""

    settings: Settings
    catalogue: Catalogue
    position: Position

    @cached_property
    def autorite(self) -> Autorite:
        """Who signs our documents; read at the first signature."""
        return Autorite.load(self.settings.cles_dir / "documents", self.settings.service)

    @property
    def production(self) -> bool:
        """Whether demonstration values are refused."""
        return self.settings.env == PRODUCTION

    @property
    def pieces_dir(self) -> Path:
        """Where the files of pieces are."""
        assert self.settings.pieces_dir is not None
        return self.settings.pieces_dir

    def number(self, cle: str, day: date) -> int:
        """A national duration or setting on a day."""
        return self.catalogue.national.number(cle, day, self.position)


_current: list[Cadre] = []


def use(settings: Settings) -> Cadre:
    """Called once by each process, after its settings were read."""
    _current[:] = [Cadre(settings, catalogue(), Position(settings.regles))]
    return _current[0]


def cadre() -> Cadre:
    """This process's frame."""
    assert _current, "cadre.use(settings) comes first"
    return _current[0]
