"""What one process of pan works with: the catalogue, the position of the law, the files, the calls to others."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from chassis.rpc import Client
from chassis.settings import PRODUCTION, Settings
from chassis.web.files import FileStore
from droit.catalogue import Catalogue, catalogue
from droit.dates import Position


@dataclass(frozen=True)
class Cadre:
    """Read once at start-up; actions receive parts of it."""

    settings: Settings
    catalogue: Catalogue
    position: Position

    @property
    def production(self) -> bool:
        """Whether samples are refused."""
        return self.settings.env == PRODUCTION

    @cached_property
    def client(self) -> Client:
        """Calls to the other services; made at the first one, hence after any fork."""
        return Client(self.settings)

    @cached_property
    def files(self) -> FileStore:
        """The pieces given at the desks."""
        assert self.settings.pieces_dir is not None
        return FileStore(self.settings.pieces_dir)

    @cached_property
    def jetons(self) -> Mapping[str, Mapping[str, Any]]:
        """Per préfecture, `sortant` (shown to its system), `entrant` (shown by it), `fin` (last day), `secret`.

        From `agendas.toml` in the mounted keys; a préfecture that is not in it has none.
        """
        path = self.settings.cles_dir / "agendas.toml"
        return tomllib.loads(path.read_text()) if path.exists() else {}

    def number(self, cle: str, day: date) -> int:
        """A national duration or setting on a day."""
        return self.catalogue.national.number(cle, day, self.position)

    def flag(self, cle: str, day: date) -> bool:
        """A national yes or no on a day."""
        return self.catalogue.national.flag(cle, day, self.position)


_frames: dict[str, Cadre] = {}


def use(settings: Settings) -> Cadre:
    """Called once by each process, after its settings were read."""
    _frames[settings.service] = Cadre(settings, catalogue(), Position(settings.regles))
    return _frames[settings.service]


def cadre() -> Cadre:
    """This process's frame; `use(settings)` comes first."""
    return _frames["pan"]
