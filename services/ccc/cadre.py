"""What one process of ccc works with: catalogue, position of the law, files, calls to other services."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from chassis.rpc import Client
from chassis.settings import PRODUCTION, Settings
from chassis.web.files import FileStore
from droit.catalogue import Catalogue, catalogue
from droit.dates import Position


def _addresses(environ: Mapping[str, str]) -> frozenset[str]:
    """`CCC_ADRESSES`: the mailboxes of the contact centre, separated by commas; not set, every address is ours."""
    return frozenset(part.strip().lower() for part in environ.get("CCC_ADRESSES", "").split(",") if part.strip())


@dataclass(frozen=True)
class Cadre:
    """Read once at start-up; actions receive parts of it."""

    settings: Settings
    catalogue: Catalogue
    position: Position
    adresses: frozenset[str] = field(default_factory=frozenset)

    @property
    def production(self) -> bool:
        """Whether samples are refused."""
        return self.settings.env == PRODUCTION

    @property
    def folder(self) -> Path:
        """Where files and raw e-mails are kept."""
        assert self.settings.pieces_dir is not None
        return self.settings.pieces_dir

    @cached_property
    def client(self) -> Client:
        """Calls to the other services; made at the first one, hence after any fork."""
        return Client(self.settings)

    @cached_property
    def files(self) -> FileStore:
        """Screenshots and attachments."""
        return FileStore(self.folder)

    def number(self, cle: str, day: date) -> int:
        """A national duration or setting on a day."""
        return self.catalogue.national.number(cle, day, self.position)


_cadre: Cadre | None = None


def use(settings: Settings) -> Cadre:
    """Called once by each process, after its settings were read."""
    global _cadre  # noqa: PLW0603
    _cadre = Cadre(settings, catalogue(), Position(settings.regles), _addresses(os.environ))
    return _cadre


def cadre() -> Cadre:
    """This process's frame."""
    assert _cadre is not None, "cadre.use(settings) comes first"
    return _cadre
