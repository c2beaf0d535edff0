"""Entry pages of the five services, as one whom nobody knows meets them: free, with the warning, with who helps."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from chassis import keys, mongo
from chassis.service import prepare_store
from chassis.settings import PRODUCTION, SERVICES, Settings
from chassis.web.options import ASSOCIATION_EXEMPLE
from documents import autorite
from tests.conftest import Mongo

# Where a person begins without being known: the first page of each channel, and where an act begins or is told to fail.
ENTREES = {
    "deposit": ("/", "/choisir", "/choisir/victimes", "/demarches/etudiant", "/connexion", "/comptes", "/recuperation"),
    "ccc": ("/",),
    "pan": ("/", "/rendez-vous"),
    "substitution": ("/",),
    "notify": ("/agents/connexion",),
}
# Notify shows no page to the persons themselves: its first page is the agents' sign-in, which sells nothing either.
POUR_LES_AGENTS = ("notify",)


@pytest.fixture(scope="module")
def clients(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, FlaskClient]]:
    """The web application of each service on one MongoDB, without a broker."""
    folder = tmp_path_factory.mktemp("entrees")
    keys.create(folder / "cles", SERVICES)
    (folder / "cles" / "secret").write_bytes(os.urandom(32))
    autorite.create(folder / "cles" / "documents")
    (folder / "pieces").mkdir()
    made = {}
    for service in SERVICES:
        made[service] = _client(service, mongo.uri_for(service), folder)
    yield made


def _client(service: str, uri: str, folder: Path) -> FlaskClient:
    values = {
        "MONGODB_URI": uri,
        "CLES_DIR": str(folder / "cles"),
        "PUBLIC_URL": "http://localhost",
        "PIECES_DIR": str(folder / "pieces"),
    }
    settings = Settings.from_env(service, values)
    own = importlib.import_module(f"services.{service}.__main__").SERVICE
    prepare_store(own, settings)
    client: FlaskClient = own.create_app(settings).test_client()
    return client


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_was_just_prepared_knows_nobody(clients: dict[str, FlaskClient], service: str) -> None:
    """No account comes with it, of an agent or of anybody: the operator's directory and people themselves make them."""
    assert clients[service].get(f"/{service}/agents/connexion").status_code == 200
    store = mongo.database(service)
    accounts = ("agents", "usagers", "structures", "sessions", "jetons_api")
    assert {name: store[name].count_documents({}) for name in accounts} == dict.fromkeys(accounts, 0)


@pytest.mark.clause("XCT-14/a", "XCT-14/b", "XCT-14/c")
@pytest.mark.parametrize("service", SERVICES)
def test_each_entry_page_says_free_warns_and_names_who_helps(clients: dict[str, FlaskClient], service: str) -> None:
    silent = []
    for path in ENTREES[service]:
        answer = clients[service].get(f"/{service}{path}")
        assert answer.status_code == 200, (service, path, answer.status_code)
        page = BeautifulSoup(answer.text, "html.parser")
        foot = page.select_one("footer")
        assert foot is not None
        assert "gratuit" in foot.get_text(), path
        wanted = (
            () if service in POUR_LES_AGENTS else ("Cette démarche est gratuite", "Méfiez-vous", ASSOCIATION_EXEMPLE)
        )
        silent += [(path, words) for words in wanted if words not in page.get_text()]

    assert silent == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_page_reached_from_the_first_one_says_that_nobody_may_sell_it(
    clients: dict[str, FlaskClient], service: str
) -> None:
    first = BeautifulSoup(clients[service].get(f"/{service}{ENTREES[service][0]}").text, "html.parser")
    links = {str(link["href"]).partition("#")[0] for link in first.select("a[href]")}
    own = sorted(link for link in links if link.startswith(f"/{service}/") and "lang=" not in link)

    mute = []
    for link in own:
        answer = clients[service].get(link, follow_redirects=True)
        assert answer.status_code < 500, link
        if answer.mimetype == "text/html" and "Personne ne peut vous vendre un rendez-vous" not in answer.text:
            mute.append(link)

    assert own
    assert mute == []


@pytest.mark.clause("XCT-14/d")
@pytest.mark.parametrize("service", SERVICES)
def test_a_production_that_names_no_association_does_not_start(
    clients: dict[str, FlaskClient], service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = importlib.import_module(f"services.{service}.__main__").SERVICE
    settings = replace(clients[service].application.config["SETTINGS"], env=PRODUCTION)

    with pytest.raises(ValueError, match="ASSOCIATIONS"):
        own.create_app(settings)
    monkeypatch.setenv("ASSOCIATIONS", "Aide gratuite d’ici; Aide gratuite d’ailleurs")
    page = own.create_app(settings).test_client().get(f"/{service}{ENTREES[service][0]}").text

    assert service in POUR_LES_AGENTS or "Aide gratuite d’ici, Aide gratuite d’ailleurs" in page
