"""What nobody should send is refused by every service, on the real server, and leaves nothing behind."""

from __future__ import annotations

import re
import socket
from typing import Any
from urllib.parse import urlsplit

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
# Where one body ends is said twice, or not at all: each reader could read another end, and another request after it.
CHUNKS, CHUNKED, HELLO = b"5\r\nhello\r\n0\r\n\r\n", "Transfer-Encoding: chunked", b"hello"
AMBIGUOUS = {
    "length and chunks": (("Content-Length: 5", CHUNKED), CHUNKS),
    "chunks and a length too long": ((CHUNKED, "Content-Length: 200"), CHUNKS),
    "two lengths": (("Content-Length: 5", "Content-Length: 50"), HELLO),
    "a list of lengths": (("Content-Length: 5, 50",), HELLO),
    "a signed length": (("Content-Length: +5",), HELLO),
    "a coding that nobody knows": (("Transfer-Encoding: xchunked", "Content-Length: 5"), HELLO),
    "chunks that are not last": (("Transfer-Encoding: chunked, identity",), CHUNKS),
    "a space before the colon": (("Transfer-Encoding : chunked", "Content-Length: 5"), HELLO),
    "a folded line": (("X-A: b", " Transfer-Encoding: chunked", "Content-Length: 5"), HELLO),
    # The last of them at the front alone: gunicorn reads on after it, and nothing but the front speaks to gunicorn.
    "a size that is none": ((CHUNKED,), CHUNKS.replace(b"5", b"0x5", 1)),
}
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


@pytest.mark.parametrize(("door", "case"), [(door, case) for door in ("front", "web") for case in AMBIGUOUS][:-1])
def test_a_request_ends_where_it_says_or_ends_the_line(monde: Monde, door: str, case: str) -> None:
    """The front and the service alike: it is refused and the line closed, or what follows it is the next request."""
    address = urlsplit(monde.stack.url)
    port = address.port if door == "front" else int(monde.stack.env_for("pan", "web")["WEB_PORT"])
    headers, body = AMBIGUOUS[case]
    first = "\r\n".join(("POST /pan/api/v1/jetons HTTP/1.1", f"Host: {address.netloc}", *headers, "", "")).encode()
    following = f"GET /pan/ HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n\r\n".encode()
    with socket.create_connection((address.hostname, port), timeout=SECONDS) as line:
        line.sendall(first + body + following)
        answered = b"".join(iter(lambda: line.recv(65536), b""))

    statuses = [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", answered)]
    refused = len(statuses) == 1 and statuses[0] >= 400
    assert refused or (len(statuses) == 2 and statuses[0] >= 400 and statuses[1] == 200), statuses


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
