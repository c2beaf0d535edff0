"""What one process of substitution works with: the catalogue, the position of the law, the files, its peers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from chassis.rpc import Client
from chassis.settings import PRODUCTION, Settings
from chassis.web.files import FileStore
from documents.autorite import Autorite
from droit.catalogue import Catalogue, catalogue
from droit.dates import Position, Valeur


@dataclass(frozen=True)
class Cadre:
    """Read once at start-up; actions receive parts of it."""

    settings: Settings
    catalogue: Catalogue
    position: Position

    @property
    def production(self) -> bool:
        """Whether samples and demonstration values are refused."""
        return self.settings.env == PRODUCTION

    @cached_property
    def autorite(self) -> Autorite:
        """Who signs our récépissés; read at the first signature."""
        return Autorite.load(self.settings.cles_dir / "documents", self.settings.service)

    @cached_property
    def client(self) -> Client:
        """Questions to the other services; made at the first one, hence after any fork."""
        return Client(self.settings)

    @cached_property
    def files(self) -> FileStore:
        """The dossiers received."""
        assert self.settings.pieces_dir is not None
        return FileStore(self.settings.pieces_dir)

    def number(self, cle: str, day: date) -> int:
        """A national duration or setting on a day."""
        return self.catalogue.national.number(cle, day, self.position)

    def texts(self, cle: str, day: date) -> tuple[str, ...]:
        """A national list on a day."""
        return self.catalogue.national.texts(cle, day, self.position)

    def flag(self, cle: str, day: date) -> Valeur[bool]:
        """A national yes or no on a day, with the sentence of its rule."""
        national = self.catalogue.national
        found = national.at(cle, day, self.position)
        return Valeur(national.flag(cle, day, self.position), found.depuis, found.citation, self.position)


_cadre: Cadre | None = None


def use(settings: Settings) -> Cadre:
    """Called once by each process, after its settings were read."""
    global _cadre  # noqa: PLW0603
    _cadre = Cadre(settings, catalogue(), Position(settings.regles))
    return _cadre


def cadre() -> Cadre:
    """This process's frame."""
    assert _cadre is not None, "cadre.use(settings) comes first"
    return _cadre
