"""The example service over a real MongoDB, and a browser that reads its forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from flask_openapi import OpenAPI
from mongoengine import disconnect
from werkzeug.test import TestResponse

from chassis import agents, clock, mongo, tokens
from chassis.service import prepare_indexes
from chassis.settings import Settings
from tests.chassis.web.exemple import Exemple
from tests.conftest import Mongo

SEED, PASSWORD = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "un mot de passe assez long"
_HIDDEN = re.compile(r'name="(csrf_token|request_id)" value="([^"]+)"')


@pytest.fixture(scope="module")
def settings(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of `deposit`, with keys of its own."""
    keys = tmp_path_factory.mktemp("cles")
    tokens.create_keys(keys, ("deposit", "ccc"))
    (keys / "secret").write_bytes(b"0123456789abcdef0123456789abcdef")
    return Settings("deposit", "developpement", "recommandation", "http://localhost", keys, mongo.uri_for("deposit"))


@pytest.fixture(scope="module")
def exemple(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exemple]:
    """The service, its indexes made and one agent in its directory."""
    db = mongo.connect(settings)
    prepare_indexes(db)
    directory = tmp_path_factory.mktemp("agents") / "agents.toml"
    directory.write_text(
        f"""
        [[agent]]
        id = "agent-1"
        login = "camille@prefecture.example"
        nom = "Camille Petit"
        password_hash = "{agents.hash_password(PASSWORD)}"
        totp_seed = "{SEED}"
        roles = ["instructeur"]
        prefectures = ["93"]
        """
    )
    agents.load_directory(db, directory, settings)
    yield Exemple(settings, tmp_path_factory.mktemp("pieces"))
    disconnect(alias=settings.service)


@pytest.fixture(scope="module")
def app(exemple: Exemple) -> OpenAPI:
    """The application of the example."""
    return exemple.app()


@pytest.fixture
def web(app: OpenAPI) -> Browser:
    """A browser without cookies."""
    return Browser(app)


class Browser:
    """Reads a page's hidden fields before it posts, as a person's browser does."""

    def __init__(self, app: OpenAPI) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        """A page."""
        return self.client.get(path, **more)

    def fields(self, path: str) -> dict[str, str]:
        """The hidden fields of the last form of a page."""
        return dict(_HIDDEN.findall(self.get(path).text))

    def post(self, path: str, data: dict[str, Any], form: str = "", **more: Any) -> TestResponse:
        """Fills the form of the page `form` (the same address by default) and sends it."""
        return self.client.post(path, data={**self.fields(form or path), **data}, **more)

    def sign_agent_in(self) -> TestResponse:
        """The agent's sign-on, with a fresh code."""
        return self.post("/deposit/agents/connexion", credentials())


def credentials(**other: str) -> dict[str, str]:
    """What the example's agent types; forgets the last code, since a test may sign in twice within its half minute."""
    mongo.database("deposit")["agents"].update_one({"_id": "agent-1"}, {"$unset": {"last_step": 1}})
    code = pyotp.TOTP(SEED).at(clock.now())
    return {"login": "camille@prefecture.example", "password": PASSWORD, "code": code} | other
