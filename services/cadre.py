"""What one process of a service works with: settings, catalogue, position of the law, keys, files, peers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from chassis.rpc import Client
from chassis.settings import PRODUCTION, Settings
from chassis.web.files import FileStore
from chassis.web.scanner import Scanner
from documents.autorite import Autorite
from droit.catalogue import Catalogue, catalogue
from droit.dates import Position


@dataclass(frozen=True)
class Cadre:
    """Read once at start-up; rules and actions receive parts of it."""

    settings: Settings
    catalogue: Catalogue
    position: Position

    @property
    def production(self) -> bool:
        """Whether samples and demonstration values are refused."""
        return self.settings.env == PRODUCTION

    @property
    def pieces_dir(self) -> Path:
        """Where files are kept."""
        assert self.settings.pieces_dir is not None
        return self.settings.pieces_dir

    @cached_property
    def autorite(self) -> Autorite:
        """Who signs our documents; read at the first signature."""
        return Autorite.load(self.settings.cles_dir / "documents", self.settings.service)

    @cached_property
    def client(self) -> Client:
        """Calls to the other services; made at the first one, hence after any fork."""
        return Client(self.settings)

    @cached_property
    def files(self) -> FileStore:
        """The pieces, screenshots and dossiers received."""
        return FileStore(self.pieces_dir, Scanner(self.settings.clamd) if self.settings.clamd else None)

    def number(self, cle: str, day: date) -> int:
        """A national duration or setting on a day."""
        return self.catalogue.national.number(cle, day, self.position)

    def flag(self, cle: str, day: date) -> bool:
        """A national yes or no on a day."""
        return self.catalogue.national.flag(cle, day, self.position)

    def regle(self, cle: str, day: date) -> str:
        """The sentence of a national rule on a day, as an output shows it (XCT-01)."""
        return self.catalogue.national.at(cle, day, self.position).regle

    def texts(self, cle: str, day: date) -> tuple[str, ...]:
        """A national list on a day."""
        return self.catalogue.national.texts(cle, day, self.position)


C = TypeVar("C", bound=Cadre)


class Holder(Generic[C]):
    """The frame of this process, one for each service: `use` makes it at start-up, `get` gives it ever after."""

    def __init__(self, kind: type[C]) -> None:
        self._kind = kind
        self._frame: C | None = None

    def use(self, settings: Settings) -> C:
        """Called once by each process, after its settings were read."""
        return self.put(self._kind(settings, catalogue(), Position(settings.regles)))

    def put(self, frame: C) -> C:
        """A frame made otherwise, such as one with another catalogue."""
        self._frame = frame
        return frame

    def get(self) -> C:
        """This process's frame."""
        assert self._frame is not None, "cadre.use(settings) comes first"
        return self._frame
