"""What nobody should send is refused by every service, on the real server, and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from pymongo import MongoClient

from chassis import clock
from chassis.settings import SERVICES
from chassis.web.options import WebOptions
from dev.browser import SECONDS
from dev.parcours.monde import Monde, Refus

LIMIT = WebOptions.max_body_bytes
# Half a character as a value and as a name; nested without end; no number, and one that no store keeps; no text.
UNREADABLE = (
    b'{"login": "\\ud800"}',
    b'{"\\ud800": 1}',
    b"[" * 5000 + b"]" * 5000,
    b'{"login":' * 5000 + b"1" + b"}" * 5000,
    b'{"login": NaN}',
    b'{"login": ' + b"9" * 5000 + b"}",
    b'{"login": "\xff"}',
)
DOORS = ("deposit", "ccc", "pan", "substitution")


def send(monde: Monde, path: str, body: bytes, **headers: Any) -> requests.Response:
    sent = {"Content-Type": "application/json", "Idempotency-Key": clock.new_id(), **headers}
    return monde.http.post(f"{monde.stack.url}{path}", data=body, headers=sent, timeout=SECONDS)


@pytest.mark.parametrize("service", SERVICES)
def test_no_body_and_no_header_breaks_a_service(monde: Monde, service: str) -> None:
    """A body of the size of the limit is read; one byte more is too much, and the next request finds us there."""
    path = f"/{service}/api/v1/jetons"
    sizes = {LIMIT - 1: 422, LIMIT: 422, LIMIT + 1: 413, 3 * LIMIT: 413}

    refused = [send(monde, path, body) for body in UNREADABLE]
    sized = {size: send(monde, path, b'{"login":"%b"}' % (b"a" * (size - 12))) for size in sizes}
    odd = monde.http.get(
        f"{monde.stack.url}/{service}/agents/connexion?suite=%ED%A0%80&page=%C2%B2",
        headers={"Accept-Language": "é²".encode(), "Range": "bytes=²-".encode(), "Idempotency-Key": "²".encode() * 20},
        timeout=SECONDS,
    )

    assert {answer.status_code for answer in refused} == {422}
    assert {size: answer.status_code for size, answer in sized.items()} == sizes
    assert all("problem+json" in answer.headers["Content-Type"] for answer in (*refused, *sized.values()))
    assert odd.status_code == 200


def test_a_blocage_of_nowhere_is_refused_at_every_door_and_leaves_nothing(monde: Monde) -> None:
    """The page says it beside its field and keeps what was typed; no other service is told of anything."""
    before, nowhere = _counted(monde), {"prefecture": "ZZ"}

    for service, path, body in (
        ("deposit", "/blocages", {"symptome": "AUTRE", "precis": "Bloquée."}),
        ("substitution", "/blocages", {"essai": "Bloquée."}),
        ("ccc", "/saisines", {"precis": "Bloquée."}),
    ):
        with pytest.raises(Refus) as refus:
            monde.anybody(service).post(path, **body, **nowhere)
        assert (refus.value.status, refus.value.problem["champs"][0]["champ"]) == (422, "prefecture")
    for service in DOORS:
        browser = monde.browser()
        page = browser.read(f"/{service}/je-n-y-arrive-pas")
        shown = browser.send(page, "/je-n-y-arrive-pas", essai="Mon écran reste blanc.", **nowhere)
        assert "Choisissez-le dans la liste" in shown.text
        assert "Mon écran reste blanc." in str(shown.form("/je-n-y-arrive-pas"))

    assert _counted(monde) == before


def _counted(monde: Monde) -> dict[str, int]:
    """What is kept of blocages and routes, and what could not be handled."""
    with MongoClient[dict[str, Any]](monde.stack.mongodb_uri) as client:
        return {
            f"{service}.{name}": client[f"sejour_{service}"][name].estimated_document_count()
            for service in SERVICES
            for name in ("blocages", "voies", "saisines", "rejets")
        }
