"""The service pan over a real MongoDB, its samples seeded, two agents, and a browser that reads its forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import mongoengine as me
import pytest
from flask_openapi import OpenAPI

from chassis import clock, keys
from chassis.service import prepare_store
from chassis.settings import SERVICES, Settings
from services.pan.__main__ import SERVICE
from tests import agents
from tests.browser import Browser
from tests.conftest import Mongo

# A Monday without public holiday for four weeks.
JOUR = date(2027, 3, 1)

AGENTS: agents.Directory = {
    "formee": (["pan_forme"], ["93"]),
    "volontaire": (["pan_volontaire"], ["93"]),
    "accueil": (["pan"], ["93"]),
    "lyon": (["pan_forme"], ["69"]),
    "guichet": (["prefecture"], ["93"]),
    "ccc": (["ccc"], ["*"]),
    "national": (["bureau_national"], ["*"]),
    "notaire": (["exploitant"], ["*"]),
}


@pytest.fixture(scope="module")
def settings(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of pan alone: no address of any other service, no broker."""
    cles = tmp_path_factory.mktemp("cles")
    keys.create(cles, SERVICES)
    (cles / "secret").write_bytes(b"0123456789abcdef0123456789abcdef")
    return replace(
        Settings("pan", "developpement", "recommandation", "http://localhost", cles, mongo.uri_for("pan")),
        pieces_dir=tmp_path_factory.mktemp("pieces"),
    )


@pytest.fixture(scope="module")
def app(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAPI]:
    """The web process of pan, prepared, on a fixed legal day at the present hour."""
    horloge = tmp_path_factory.mktemp("horloge") / "jour"
    horloge.write_text(JOUR.isoformat())
    clock.use_clock_file(horloge)
    prepare_store(SERVICE, settings)
    agents.load(settings, tmp_path_factory.mktemp("agents"), AGENTS)
    yield SERVICE.create_app(settings)  # type: ignore[misc]
    clock.use_clock_file(None)
    me.disconnect(alias="pan")


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
            signed[name] = agents.sign_in(Browser(app), "pan", name)
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
