"""The contact centre on a real MongoDB: its application, a browser that reads its forms, and its agents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from mongoengine import disconnect
from werkzeug.test import TestResponse

from chassis import agents, bus, clock, commandes, due, faits, jetons, messages, mongo, relay
from chassis import inbox as inboxes
from chassis.settings import SERVICES, Settings
from chassis.web.app import prepare_indexes
from services.ccc import __main__ as ccc
from services.ccc import cadre, store
from tests.conftest import Mongo
from tests.profiler import profiled

__all__ = ["bus", "profiled"]

SEED, PASSWORD = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "un mot de passe assez long"
_HIDDEN = re.compile(r'name="(csrf_token|request_id)" value="([^"]+)"')
START = date(2027, 3, 1)
# login -> (roles, préfectures)
AGENTS: dict[str, tuple[list[str], list[str]]] = {
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
    keys = tmp_path_factory.mktemp("cles")
    jetons.create_keys(keys, SERVICES)
    (keys / "secret").write_bytes(b"0123456789abcdef0123456789abcdef")
    return Settings(
        "ccc",
        "developpement",
        "recommandation",
        "http://localhost",
        keys,
        mongo.uri_for("ccc"),
        pieces_dir=tmp_path_factory.mktemp("pieces"),
        **more,
    )


@pytest.fixture(scope="module")
def service(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The service prepared as `prepare` does, without the broker."""
    db = mongo.connect(settings)
    mongo.prepare_indexes(*store.DOCUMENTS)
    for module in (faits, commandes, inboxes, agents, messages):
        module.prepare_indexes(db)
    prepare_indexes(db)
    ccc.prepare(settings)
    directory = tmp_path_factory.mktemp("agents") / "agents.toml"
    hashed = agents.hash_password(PASSWORD)
    directory.write_text(
        "\n".join(
            f'[[agent]]\nid = "{login}"\nlogin = "{login}"\nnom = "{login.title()}"\npassword_hash = "{hashed}"\n'
            f'totp_seed = "{SEED}"\nroles = {roles}\nprefectures = {prefectures}\n'
            for login, (roles, prefectures) in AGENTS.items()
        )
    )
    agents.load_directory(db, directory, settings)
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
    while due.run_due(ccc.SERVICE.due):
        pass


class Sent:
    """A broker that takes everything: what was published, by subject."""

    def __init__(self) -> None:
        self.facts: list[dict[str, Any]] = []

    async def __call__(self, entries: list[dict[str, Any]]) -> set[str]:
        self.facts += entries
        return {entry["event_id"] for entry in entries}


async def _inline(function: Any, *args: Any) -> Any:
    return function(*args)


async def relay_all() -> Sent:
    """Empties the outboxes into `faits` and the stored commands, as the relay does; what it published."""
    sent = Sent()
    sender = relay.Relay(mongo.database("ccc"), ccc.SERVICE.aggregates, sent, _inline)
    while await sender.run_once():
        pass
    return sent


class Browser:
    """Reads a page's hidden fields before it posts, as a person's browser does."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        """A page."""
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, Any], form: str = "", **more: Any) -> TestResponse:
        """Fills the form of the page `form` (the same address by default) and sends it."""
        fields = dict(_HIDDEN.findall(self.get(form or path).text))
        return self.client.post(path, data={**fields, **data}, **more)

    def sign_in(self, login: str) -> Browser:
        """The agents' sign-on, with a fresh code."""
        mongo.database("ccc")["agents"].update_one({"_id": login}, {"$unset": {"last_step": 1}})
        code = pyotp.TOTP(SEED).at(clock.now())
        asked = {"login": login, "password": PASSWORD, "code": code}
        answer = self.post("/ccc/agents/connexion", asked)
        assert answer.status_code == 303, answer.text[:500]
        return self


@pytest.fixture
def web(app: Flask) -> Browser:
    """A browser without cookies."""
    return Browser(app)


@pytest.fixture
def agent(app: Flask) -> Any:
    """A browser where this agent is signed in."""
    return lambda login: Browser(app).sign_in(login)


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
