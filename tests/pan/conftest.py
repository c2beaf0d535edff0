"""The service pan over a real MongoDB, its samples seeded, two agents, and a browser that reads its forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import mongoengine as me
import pyotp
import pytest
from flask.testing import FlaskClient
from flask_openapi import OpenAPI
from werkzeug.test import TestResponse

from chassis import agents, clock, mongo, tokens
from chassis.service import prepare_store
from chassis.settings import SERVICES, Settings
from services.pan.__main__ import SERVICE
from tests.conftest import Mongo

SEED, PASSWORD = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "un mot de passe assez long"
_HIDDEN = re.compile(r'name="(csrf_token|request_id)" value="([^"]+)"')
# A Monday without public holiday for four weeks.
JOUR = date(2027, 3, 1)

AGENTS = {
    "formee": (["pan_forme"], ["93"]),
    "volontaire": (["pan"], ["93"]),
    "lyon": (["pan_forme"], ["69"]),
    "guichet": (["prefecture"], ["93"]),
    "ccc": (["ccc"], ["*"]),
    "notaire": (["exploitant"], ["*"]),
}


@pytest.fixture(scope="module")
def settings(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of pan alone: no address of any other service, no broker."""
    keys = tmp_path_factory.mktemp("cles")
    tokens.create_keys(keys, SERVICES)
    (keys / "secret").write_bytes(b"0123456789abcdef0123456789abcdef")
    return replace(
        Settings("pan", "developpement", "recommandation", "http://localhost", keys, mongo.uri_for("pan")),
        pieces_dir=tmp_path_factory.mktemp("pieces"),
    )


@pytest.fixture(scope="module")
def app(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAPI]:
    """The web process of pan, prepared, on a fixed legal day at the present hour."""
    horloge = tmp_path_factory.mktemp("horloge") / "jour"
    horloge.write_text(JOUR.isoformat())
    clock.use_clock_file(horloge)
    db = prepare_store(SERVICE, settings)
    directory = tmp_path_factory.mktemp("agents") / "agents.toml"
    directory.write_text("\n".join(_agent(name, *values) for name, values in AGENTS.items()))
    agents.load_directory(db, directory, settings)
    yield SERVICE.create_app(settings)  # type: ignore[misc]
    clock.use_clock_file(None)
    me.disconnect(alias="pan")


def _agent(name: str, roles: list[str], prefectures: list[str]) -> str:
    return f"""
        [[agent]]
        id = "agent-{name}"
        login = "{name}@etat.example"
        nom = "Agent {name}"
        password_hash = "{agents.hash_password(PASSWORD)}"
        totp_seed = "{SEED}"
        roles = {roles}
        prefectures = {prefectures}
        """


class Browser:
    """Reads a page's hidden fields before it posts, as a person's browser does."""

    def __init__(self, app: OpenAPI) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        """A page."""
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, Any], form: str, **more: Any) -> TestResponse:
        """Fills a form of the page `form` and sends it to `path`."""
        hidden = dict(_HIDDEN.findall(self.get(form).text))
        return self.client.post(path, data={**hidden, "request_id": clock.new_id(), **data}, **more)

    def sign_in(self, name: str) -> Browser:
        """An agent's sign-on, with a fresh code."""
        mongo.database("pan")["agents"].update_one({"_id": f"agent-{name}"}, {"$unset": {"last_step": 1}})
        code = pyotp.TOTP(SEED).at(clock.now())
        typed = {"login": f"{name}@etat.example", "password": PASSWORD, "code": code}
        page = "/pan/agents/connexion"
        assert self.post(page, typed, page).status_code == 303
        return self


@pytest.fixture
def public(app: OpenAPI) -> Browser:
    """Somebody without any account."""
    return Browser(app)


@pytest.fixture(scope="module")
def desk(app: OpenAPI) -> Callable[[str], Browser]:
    """A signed-in agent, by name; each signs in once."""
    signed: dict[str, Browser] = {}

    def of(name: str) -> Browser:
        if name not in signed:
            signed[name] = Browser(app).sign_in(name)
        return signed[name]

    return of


@pytest.fixture
def move_clock(settings: Settings, tmp_path: Path) -> Iterator[Callable[[int], date]]:
    """Moves the legal day forward, for one test."""

    def move(days: int) -> date:
        (tmp_path / "jour").write_text((JOUR + timedelta(days=days)).isoformat())
        clock.use_clock_file(tmp_path / "jour")
        return clock.today()

    before = clock._clock_file
    yield move
    clock.use_clock_file(before)
