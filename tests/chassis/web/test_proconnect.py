"""An agent may come by the State's identity provider; the directory still decides, and signatures are checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.chassis.web.conftest import AGENT
from tests.chassis.web.exemple import Exemple
from tests.chassis.web.fournisseur import CLIENT, SECRET, Fournisseur


@pytest.fixture
def fournisseur() -> Iterator[Fournisseur]:
    """A provider that knows the example's agent."""
    provider = Fournisseur()
    yield provider
    provider.stop()


def browser(exemple: Exemple, provider: Fournisseur) -> FlaskClient:
    options = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    return exemple.app(**options).test_client()


def come_back(client: FlaskClient) -> TestResponse:
    """Leaves for the provider, signs in there, and returns with its code."""
    left = client.get("/deposit/agents/proconnect/partir?suite=/deposit/bureau")
    returned = requests.get(left.headers["Location"], allow_redirects=False, timeout=5)
    address = urlsplit(returned.headers["Location"])
    return client.get(f"{address.path}?{address.query}")


def test_the_button_is_shown_only_where_a_provider_is_set(exemple: Exemple, fournisseur: Fournisseur) -> None:
    with_provider = browser(exemple, fournisseur).get("/deposit/agents/connexion").text
    without = exemple.app().test_client().get("/deposit/agents/connexion").text

    assert "/deposit/agents/proconnect/partir" in with_provider
    assert "ProConnect" not in without


def test_an_agent_of_the_directory_comes_in_by_the_provider(exemple: Exemple, fournisseur: Fournisseur) -> None:
    client = browser(exemple, fournisseur)

    answer = come_back(client)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/deposit/bureau")
    assert client.get("/deposit/bureau").text == f"bureau de {AGENT}"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"email": "inconnue@prefecture.example"}, 403),
        ({"algorithm": "HS256"}, 503),
        ({"alter": {"nonce": "another"}}, 503),
        ({"alter": {"iss": "https://autre.example"}}, 503),
        ({"alter": {"aud": "autre"}}, 503),
        ({"alter": {"exp": 1}}, 503),
        ({"alter": {"sub": "s2"}}, 503),
    ],
    ids=["unknown agent", "symmetric signature", "nonce", "issuer", "audience", "expired", "userinfo of another"],
)
def test_anything_else_opens_nothing(
    exemple: Exemple, fournisseur: Fournisseur, change: dict[str, Any], status: int
) -> None:
    for name, value in change.items():
        setattr(fournisseur, name, value)
    client = browser(exemple, fournisseur)

    answer = come_back(client)

    assert answer.status_code == status
    assert "sejour_agent" not in answer.headers.get("Set-Cookie", "")
    assert client.get("/deposit/bureau").status_code == 302
