"""Substitution alone: one real MongoDB, its own keys, a directory of agents, and a browser that reads its forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import mongoengine as me
import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from chassis import agents, clock, mongo, tokens
from chassis.service import prepare_store
from chassis.settings import SERVICES, Settings
from dev.keys import make_keys
from services.substitution import __main__ as main
from services.substitution import cadre
from tests.conftest import Mongo
from tests.profiler import profiled

__all__ = ["profiled"]

SEED, PASSWORD = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "un mot de passe assez long"
TODAY = date(2027, 3, 1)
_HIDDEN = re.compile(r'name="(csrf_token|request_id)" value="([^"]+)"')
AGENTS = {
    "g93": (["prefecture"], ["93"]),
    "g75": (["prefecture"], ["75"]),
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
            self.made[agent] = Browser(self.made["app"])
            assert self.made[agent].sign_in(agent).status_code == 303
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
    db = prepare(settings, folder)
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


def prepare(settings: Settings, folder: Path) -> Any:
    """What the job `prepare` does, but for the broker."""
    db = prepare_store(main.SERVICE, settings)
    directory = folder / "agents.toml"
    hashed = agents.hash_password(PASSWORD)
    directory.write_text("\n".join(_agent(name, roles, codes, hashed) for name, (roles, codes) in AGENTS.items()))
    agents.load_directory(db, directory, settings)
    return db


def mongo_disconnect() -> None:
    """Leaves the alias free for the next module."""
    me.disconnect(alias="substitution")


def _agent(name: str, roles: list[str], codes: list[str], hashed: str) -> str:
    return (
        f'[[agent]]\nid = "{name}"\nlogin = "{name}@example.org"\nnom = "Agent {name}"\npassword_hash = "{hashed}"\n'
        f'totp_seed = "{SEED}"\nroles = {roles}\nprefectures = {codes}\n'
    )


class Browser:
    """Reads a page's hidden fields before it posts, as a person's browser does."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        """A page."""
        return self.client.get(path, **more)

    def hidden(self, path: str) -> dict[str, str]:
        """The hidden fields of the last form of a page."""
        return dict(_HIDDEN.findall(self.get(path).text))

    def post(self, path: str, data: dict[str, Any], form: str = "", **more: Any) -> TestResponse:
        """Fills a form of the page `form` (the same address by default) and sends it."""
        hidden = self.hidden(form or path)
        assert "csrf_token" in hidden, f"no form on {form or path}"
        return self.client.post(path, data={**hidden, "request_id": clock.new_id(), **data}, **more)

    def sign_in(self, agent: str) -> TestResponse:
        """The agent's sign-on, with a fresh code."""
        mongo.database("substitution")["agents"].update_one({"_id": agent}, {"$unset": {"last_step": 1}})
        typed = {"login": f"{agent}@example.org", "password": PASSWORD, "code": pyotp.TOTP(SEED).at(clock.now())}
        return self.post("/substitution/agents/connexion", typed)


def service_token(settings: Settings, source: str, audience: str) -> str:
    """What another service shows; its key is beside ours."""
    theirs = replace(settings, service=source, cles_dir=settings.cles_dir.parent / source)
    return tokens.ServiceToken(theirs, audience).value()
