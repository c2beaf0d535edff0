"""The contact centre on a real MongoDB: its application, a browser that reads its forms, and its agents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from mongoengine import disconnect

from chassis import bus, clock, keys
from chassis.service import prepare_store
from chassis.settings import SERVICES, Settings
from services.ccc import __main__ as ccc
from services.ccc import cadre, store
from tests import agents, drain
from tests.browser import Browser
from tests.conftest import Mongo
from tests.profiler import profiled

__all__ = ["bus", "profiled"]

START = date(2027, 3, 1)
AGENTS: agents.Directory = {
    "chloe": (["ccc"], ["*"]),
    "claude": (["ccc"], ["*"]),
    "cyril": (["ccc", "ccc_superviseur"], ["*"]),
    "remi": (["ccc"], ["69"]),
    "gael": (["prefecture"], ["93"]),
    "rhoda": (["prefecture"], ["69"]),
    "paola": (["pan"], ["93"]),
    "nadia": (["bureau_national"], ["*"]),
    "otto": (["exploitant"], ["*"]),
}


@pytest.fixture(scope="module")
def settings(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of `ccc`, with keys of its own; no peer answers."""
    return make_settings(mongo, tmp_path_factory)


def make_settings(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory, **more: Any) -> Settings:
    """The same, with what a module adds."""
    cles = tmp_path_factory.mktemp("cles")
    keys.create(cles, SERVICES)
    (cles / "secret").write_bytes(b"0123456789abcdef0123456789abcdef")
    return Settings(
        "ccc",
        "developpement",
        "recommandation",
        "http://localhost",
        cles,
        mongo.uri_for("ccc"),
        pieces_dir=tmp_path_factory.mktemp("pieces"),
        **more,
    )


@pytest.fixture(scope="module")
def service(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The service prepared as `prepare` does, without the broker."""
    prepare_store(ccc.SERVICE, settings)
    agents.load(settings, tmp_path_factory.mktemp("agents"), AGENTS)
    yield settings
    disconnect(alias="ccc")


@pytest.fixture(scope="module")
def app(service: Settings) -> Flask:
    """The application."""
    return ccc.create_app(service)


@pytest.fixture(autouse=True)
def legal_clock(tmp_path: Path) -> Iterator[Clock]:
    """The legal clock, at its start, moved only by the test."""
    made = Clock(tmp_path / "horloge")
    made.set(START)
    clock.use_clock_file(made.path)
    yield made
    clock.use_clock_file(None)


class Clock:
    """The file that holds the legal day."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def set(self, day: date) -> None:
        """Writes the day."""
        self.path.write_text(day.isoformat())

    def forward(self, days: int) -> None:
        """Moves on, and runs what is due as the worker does."""
        self.set(clock.today() + timedelta(days=days))
        run_due()


def run_due() -> None:
    """What the worker's due work does, until nothing is left."""
    drain.due_work(ccc.SERVICE.due)


def relay_all() -> drain.Sent:
    """Empties the outboxes into `faits` and the stored commands, as the relay does; what it published."""
    return drain.outboxes(ccc.SERVICE)


@pytest.fixture
def web(app: Flask) -> Browser:
    """A browser without cookies."""
    return Browser(app)


@pytest.fixture
def agent(app: Flask) -> Any:
    """A browser where this agent is signed in."""
    return lambda login: agents.sign_in(Browser(app), "ccc", login)


def write(web: Browser, **fields: Any) -> store.Saisine:
    """A ticket by the public form; the ticket it made."""
    asked = {
        "categorie": "TELEPROCEDURE",
        "precis": "La page reste blanche quand je clique sur Déposer",
        "prefecture": "93",
    }
    answer = web.post("/ccc/ecrire", asked | fields)
    assert answer.status_code == 303, answer.text
    key = answer.headers["Location"].split("/suivi/")[1].split("?")[0]
    found: store.Saisine = store.Saisine.objects(suivi_cle=key).first()
    return found


def reload(saisine: store.Saisine) -> store.Saisine:
    """The ticket as it is stored now."""
    found: store.Saisine = store.Saisine.objects(id=saisine.id).first()
    return found


def frame() -> cadre.Cadre:
    """This process's frame."""
    return cadre.cadre()
