"""What the tests of notify share: its settings, its outside, its database emptied before each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from chassis import clock, tokens
from chassis.rpc import Client
from chassis.service import prepare_store
from chassis.settings import SERVICES, Settings
from chassis.smtp import Listener
from chassis.web.identity import AGENT_COOKIE
from dev.keys import make_keys
from dev.ports import Ports
from services.notify import moyens as means
from services.notify.__main__ import SERVICE
from services.notify.actions import accuses
from services.notify.moyens import Moyens
from services.notify.pages import application
from tests import agents
from tests.conftest import Mongo, empty
from tests.notify import monde


@pytest.fixture(scope="module")
def settings(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of notify on this machine; the addresses of the outside are added as it starts."""
    folder = tmp_path_factory.mktemp("notify")
    make_keys(folder / "cles", SERVICES)
    ports = Ports(folder / "ports.json")
    environ = {
        "MONGODB_URI": mongo.uri,
        "CLES_DIR": str(folder / "cles" / "notify"),
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "PIECES_DIR": str(folder / "pieces"),
        "SMTP_URL": f"smtp://127.0.0.1:{ports.get('smtp')}",
        "SMTP_INBOUND_PORT": str(ports.get("retours")),
        "WEB_PORT": str(ports.get("web")),
    }
    (folder / "pieces").mkdir()
    return Settings.from_env("notify", environ)


@pytest.fixture(scope="module")
def database(settings: Settings) -> Database[dict[str, Any]]:
    """The database of notify with its indexes; a query without index fails (notablescan)."""
    return prepare_store(SERVICE, settings)


@pytest.fixture(scope="module")
def source(settings: Settings, database: Database[dict[str, Any]]) -> Iterator[monde.Source]:
    """The service that asks for messages."""
    made = monde.Source(settings)
    yield made
    made.web.stop()


@pytest.fixture(scope="module")
def boites(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[monde.Boites]:
    """The relay and the gateway."""
    port = int(settings.smtp_url.rpartition(":")[2])
    made = monde.Boites(tmp_path_factory.mktemp("boites"), port, settings.smtp_inbound_port)
    yield made
    made.close()


@pytest.fixture(scope="module")
def _options() -> dict[str, str]:
    return {
        "SMS_SECRET": monde.SMS_SECRET,
        "NOTIFY_BAIL_SECONDES": "2",
        "NOTIFY_ATTENTE_MAX_SECONDES": "1",
        "WEB_HOSTS": "localhost",
    }


@pytest.fixture
def moyens(
    settings: Settings,
    database: Database[dict[str, Any]],
    source: monde.Source,
    boites: monde.Boites,
    _options: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Moyens]:
    """The means of a worker, over an empty database, with its door for bounces open."""
    empty(database)
    for name, value in _options.items():
        monkeypatch.setenv(name, value)
    whole = replace(
        settings,
        sms_url=f"http://127.0.0.1:{boites.web.port}/boites/sms/envois",
        web_addresses={"deposit": f"http://127.0.0.1:{source.web.port}"},
    )
    door = Listener(accuses.mailbox(settings.secret), "127.0.0.1", settings.smtp_inbound_port)
    door.start()
    client = Client(whole)
    yield means.make(whole, client)
    client.close()
    door.stop()


@pytest.fixture
def web(moyens: Moyens, boites: monde.Boites) -> Iterator[monde.Served]:
    """The web process of notify on a real port; the gateway calls back there."""
    served = monde.Served(application(moyens.settings))
    boites.call_back_at(f"http://127.0.0.1:{served.port}/notify/api/v1/accuses/sms")
    yield served
    served.stop()


@pytest.fixture
def browser(moyens: Moyens, database: Database[dict[str, Any]]) -> Callable[..., FlaskClient]:
    """A browser in which an agent of these roles is signed in."""
    app = application(moyens.settings)

    def sign_in(*roles: str, prefectures: tuple[str, ...] = (), agent_id: str = "agent-1") -> FlaskClient:
        agents.add("notify", agent_id, *roles, prefectures=prefectures)
        client = app.test_client()
        client.set_cookie(AGENT_COOKIE, tokens.sign_agent(moyens.settings, agent_id))
        return client

    return sign_in


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Callable[[int], date]]:
    """Moves the legal clock: `day(3)` is three days after the day of the test."""
    start = clock.today()
    path = tmp_path / "horloge"
    path.write_text(start.isoformat())
    clock.use_clock_file(path)

    def move(days: int) -> date:
        path.write_text((start + timedelta(days=days)).isoformat())
        return clock.today()

    yield move
    clock.use_clock_file(None)
