"""The example service over a real MongoDB, and a browser that reads its forms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask_openapi import OpenAPI
from mongoengine import disconnect

from chassis import keys, mongo
from chassis.service import prepare_indexes
from chassis.settings import SERVICES, Settings
from chassis.web import bearers
from chassis.web.who import USAGER
from tests import agents
from tests.browser import Browser
from tests.chassis.web.exemple import Exemple
from tests.conftest import Mongo

# Her login is the address that an identity provider vouches for.
AGENT = "camille@prefecture.example"


@pytest.fixture(scope="module")
def settings(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of `deposit`, with keys of its own."""
    cles = tmp_path_factory.mktemp("cles")
    keys.create(cles, SERVICES)
    (cles / "secret").write_bytes(b"0123456789abcdef0123456789abcdef")
    return Settings("deposit", "developpement", "recommandation", "http://localhost", cles, mongo.uri_for("deposit"))


@pytest.fixture(scope="module")
def exemple(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exemple]:
    """The service, its indexes made and one agent in its directory."""
    prepare_indexes(mongo.connect(settings))
    agents.load(settings, tmp_path_factory.mktemp("agents"), {AGENT: (["instructeur"], ["93"])})
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


@pytest.fixture
def bearer(app: OpenAPI, exemple: Exemple) -> dict[str, str]:
    """A usager's token."""
    with app.app_context():
        token, _ = bearers.issue_bearer("u1", USAGER)
    return {"Authorization": f"Bearer {token}"}


def credentials(**other: str) -> dict[str, str]:
    """What the example's agent types."""
    return agents.credentials("deposit", AGENT) | other
