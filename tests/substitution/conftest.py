"""Substitution alone: one real MongoDB, its own keys, a directory of agents, and a browser that reads its forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import mongoengine as me
import pytest

from chassis import clock, tokens
from chassis.service import prepare_store
from chassis.settings import SERVICES, Settings
from dev.keys import make_keys
from services.substitution import __main__ as main
from services.substitution import cadre
from tests import agents
from tests.browser import Browser
from tests.conftest import Mongo
from tests.profiler import profiled

__all__ = ["profiled"]

TODAY = date(2027, 3, 1)
AGENTS: agents.Directory = {
    "g93": (["prefecture"], ["93"]),
    "g75": (["prefecture"], ["75", "19"]),
    "s93": (["superviseur"], ["93"]),
    "i93": (["instructeur"], ["93"]),
    "ccc": (["ccc"], ["*"]),
    "pan": (["pan"], ["93"]),
    "national": (["bureau_national"], ["*"]),
    "ops": (["exploitant"], ["*"]),
}


@dataclass
class World:
    """The service with its store; `clock_file` moves its legal day."""

    settings: Settings
    db: Any
    clock_file: Path
    made: dict[str, Any] = field(default_factory=dict)

    def on(self, day: date) -> None:
        """The legal day is now `day`."""
        self.clock_file.write_text(day.isoformat())

    def browser(self, agent: str = "") -> Browser:
        """A browser without cookies, or that of an agent signed in once for the module."""
        if "app" not in self.made:
            self.made["app"] = main.create_app(self.settings)
        cadre.use(self.settings)
        if not agent:
            return Browser(self.made["app"])
        if agent not in self.made:
            self.made[agent] = agents.sign_in(Browser(self.made["app"]), "substitution", agent)
        found: Browser = self.made[agent]
        return found


@pytest.fixture(scope="module")
def world(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Indexes, agents and sample préfectures, as `prepare` leaves them; no broker, no other service."""
    folder = tmp_path_factory.mktemp("substitution")
    make_keys(folder / "cles", SERVICES)
    (folder / "horloge").write_text(TODAY.isoformat())
    settings = Settings(
        "substitution",
        "developpement",
        "recommandation",
        "http://localhost",
        folder / "cles" / "substitution",
        mongo.uri_for("substitution"),
        pieces_dir=folder / "pieces",
    )
    clock.use_clock_file(folder / "horloge")
    db = prepare_store(main.SERVICE, settings)
    agents.load(settings, folder, AGENTS)
    yield World(settings, db, folder / "horloge")
    clock.use_clock_file(None)
    mongo_disconnect()


@pytest.fixture(autouse=True)
def first_of_march(request: pytest.FixtureRequest) -> None:
    """Each test starts on the same legal day."""
    if "world" in request.fixturenames:
        request.getfixturevalue("world").on(TODAY)


@pytest.fixture
def existing_law(world: World) -> Iterator[World]:
    """The same service where the deployment keeps article 4."""
    settings = replace(world.settings, regles="droit_en_vigueur")
    cadre.use(settings)
    yield replace(world, settings=settings, made={})
    cadre.use(world.settings)


def mongo_disconnect() -> None:
    """Leaves the alias free for the next module."""
    me.disconnect(alias="substitution")


def service_token(settings: Settings, source: str, audience: str) -> str:
    """What another service shows; its key is beside ours."""
    theirs = replace(settings, service=source, cles_dir=settings.cles_dir.parent / source)
    return tokens.ServiceToken(theirs, audience).value()
