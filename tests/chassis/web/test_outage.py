"""With the database gone, people get a page and programs a problem, both with a time to come back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from flask_openapi import OpenAPI
from mongoengine import disconnect

from chassis import keys, mongo, ops
from chassis.settings import Settings
from tests.chassis.web.exemple import Exemple


@pytest.fixture(scope="module")
def dead(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAPI]:
    """The example over an address where nothing listens."""
    cles = tmp_path_factory.mktemp("cles")
    keys.create(cles, ("deposit",))
    (cles / "secret").write_bytes(b"0123456789abcdef0123456789abcdef")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        uri = f"mongodb://127.0.0.1:{held.getsockname()[1]}/?serverSelectionTimeoutMS=200"
        settings = Settings("deposit", "developpement", "recommandation", "http://localhost", cles, uri)
        mongo.connect(settings)
        yield Exemple(settings, Path(cles / "pieces")).app()
        disconnect(alias="deposit")


def test_what_needs_no_database_is_still_served(dead: OpenAPI) -> None:
    client = dead.test_client()

    assert client.get("/deposit/").status_code == 200
    assert client.get("/deposit/je-n-y-arrive-pas").status_code == 200
    assert client.get("/deposit/agents/connexion").status_code == 200


def test_who_is_signed_in_gets_a_page_that_says_what_is_kept(dead: OpenAPI) -> None:
    client = dead.test_client()
    client.set_cookie("sejour_session", "x" * 43, path="/deposit")

    answer = client.get("/deposit/prive")

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "/substitution/je-n-y-arrive-pas" in answer.text


def test_a_program_gets_a_problem(dead: OpenAPI) -> None:
    answer = dead.test_client().get("/deposit/api/v1/moi", headers={"Authorization": "Bearer x"})

    assert (answer.status_code, answer.json["code"]) == (503, "INDISPONIBLE")
    assert answer.headers["Retry-After"] == "30"


def test_production_behind_https_marks_its_cookies_secure_and_says_hsts(dead: OpenAPI, tmp_path: Path) -> None:
    settings = replace(dead.config["SETTINGS"], public_url="https://sejour.example", host="127.0.0.1")
    client = Exemple(settings, tmp_path).app().test_client()

    answer = client.get("/deposit/adresse", base_url="https://sejour.example")

    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert "Secure" in answer.headers["Set-Cookie"]
    assert client.get("/deposit/adresse", base_url="https://autre.example").status_code == 400


def test_readiness_tells_that_no_file_can_be_kept_and_still_serves_the_rest(tmp_path: Path) -> None:
    (tmp_path / "occupe").write_text("")
    board = ops.Ops("127.0.0.1", 0, {})
    board.tells = {name: ops.takes_files(tmp_path / name) for name in ("libre", "occupe")}
    board.start()
    try:
        answer = requests.get(f"http://127.0.0.1:{board.port}/readyz", timeout=5)
    finally:
        board.stop()

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "libre": True, "occupe": "FileExistsError"})
