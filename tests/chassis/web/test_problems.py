"""What goes wrong is told once, to a program as a problem, to a person as a page with a way out."""

from __future__ import annotations

from typing import Any

import pytest
from flask_openapi import OpenAPI

from chassis.web import bearers
from chassis.web.redirects import page_of_ours
from chassis.web.who import USAGER
from tests.browser import Browser
from tests.chassis.web.conftest import credentials
from tests.chassis.web.exemple import Exemple

API = "/deposit/api/v1"
JSON = {"Content-Type": "application/json"}
KEY = {"Idempotency-Key": "0192f0c1-7a51-7c3e-9c2b"}


def test_a_refusal_becomes_a_problem_with_its_source_and_field(web: Browser) -> None:
    answer = web.get(f"{API}/refus")

    assert answer.status_code == 409
    assert answer.content_type == "application/problem+json"
    problem = answer.json
    assert problem.pop("request_id") == answer.headers["X-Request-Id"]
    assert problem == {
        "type": "http://localhost/problemes/DEJA_FAIT",
        "title": "C'est déjà fait.",
        "detail": "Il n'y a rien à faire de plus.",
        "status": 409,
        "code": "DEJA_FAIT",
        "source": "regle-du-service",
        "champ": "montant",
    }


@pytest.mark.parametrize(
    ("body", "champ"),
    [
        ({"montant": 5, "jour": 0}, "jour"),
        ({"montant": 5, "jour": "2027-03-12T10:00:00"}, "jour"),
        ({"montant": 5, "jour": "2027-02-30"}, "jour"),
        ({"montant": 0, "jour": "2027-03-12"}, "montant"),
        ({"montant": 5, "jour": "2027-03-12", "role": "instructeur"}, "role"),
        ({"montant": 5}, "jour"),
    ],
)
def test_a_body_that_does_not_fit_names_its_field_and_never_repeats_it(
    web: Browser, body: dict[str, Any], champ: str, bearer: dict[str, str]
) -> None:
    answer = web.client.post(f"{API}/comptes/c1:crediter", json=body, headers=KEY | bearer)

    assert (answer.status_code, answer.json["code"]) == (422, "DEMANDE_INVALIDE")
    assert [fault["champ"] for fault in answer.json["champs"]] == [champ]
    assert "input" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/rien", 404, "INTROUVABLE"),
        ("DELETE", "/moi", 405, "METHODE_REFUSEE"),
        ("TRACE", "/moi", 405, "METHODE_REFUSEE"),
        ("GET", "/moi", 401, "NON_AUTHENTIFIE"),
        ("GET", "/casse", 500, "ERREUR_INTERNE"),
        ("GET", "/eteint", 503, "INDISPONIBLE"),
    ],
)
def test_the_api_answers_everything_with_a_problem(
    web: Browser, method: str, path: str, status: int, code: str
) -> None:
    answer = web.client.open(f"{API}{path}", method=method)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert "secret" not in answer.text
    assert (answer.headers.get("Retry-After") is not None) == (status == 503)


def test_a_body_over_the_limit_is_refused(exemple: Exemple, bearer: dict[str, str]) -> None:
    client = exemple.app(max_body_bytes=1000).test_client()

    answer = client.post(f"{API}/comptes/c1:crediter", json={"montant": 5, "jour": "x" * 2000}, headers=KEY | bearer)

    assert (answer.status_code, answer.json["code"]) == (413, "TROP_GROS")


def test_too_many_requests_are_told_when_to_come_back(exemple: Exemple) -> None:
    client = exemple.app(requests_per_minute_per_ip=2).test_client()

    answers = [client.get(f"{API}/refus") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [409, 409, 429]
    assert answers[2].json["code"] == "TROP_DE_DEMANDES"
    assert int(answers[2].headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("path", "event", "error"),
    [
        ("/casse", "http.error", "RuntimeError"),
        ("/eteint", "http.unavailable", "ServerSelectionTimeoutError"),
    ],
)
def test_what_fails_unexpectedly_is_an_error_in_the_log(
    web: Browser, capsys: pytest.CaptureFixture[str], path: str, event: str, error: str
) -> None:
    """A fault of ours, and a store that is silent or refuses our TLS: the log has what people are not told."""
    web.get(f"{API}{path}")

    [line] = [line for line in capsys.readouterr().out.splitlines() if event in line]
    assert "error" in line and error in line


@pytest.mark.parametrize(
    ("path", "status"), [("/deposit/casse", 500), ("/deposit/eteint", 503), ("/deposit/rien", 404)]
)
def test_a_page_that_fails_says_what_is_kept_and_offers_a_living_way(web: Browser, path: str, status: int) -> None:
    answer = web.get(path)

    assert answer.status_code == status
    assert "secret" not in answer.text
    assert "je-n-y-arrive-pas" in answer.text
    if status >= 500:
        assert "Ce qui était" in answer.text
        assert "/substitution/je-n-y-arrive-pas" in answer.text


def test_an_error_page_needs_no_database(web: Browser, app: OpenAPI) -> None:
    """With a session cookie and the store down, the person still gets a page, not a bare failure."""
    web.client.set_cookie("sejour_session", "x" * 43, path="/deposit")

    answer = web.get("/deposit/eteint")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "<h1>" in answer.text


def test_a_host_that_is_not_ours_is_refused(web: Browser) -> None:
    answer = web.get("/deposit/", headers={"Host": "autre.example"})

    assert answer.status_code == 400


def test_forwarded_headers_count_only_behind_our_front(exemple: Exemple) -> None:
    """Ten addresses written by the caller are one caller, unless a front of ours wrote them."""

    def statuses(front_proxies: int) -> list[int]:
        client = exemple.app(requests_per_minute_per_ip=2, front_proxies=front_proxies).test_client()
        return [
            client.get(f"{API}/refus", headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
            for number in range(3)
        ]

    assert statuses(0) == [409, 409, 429]
    assert statuses(1) == [409, 409, 409]


def test_each_answer_carries_the_security_headers(web: Browser) -> None:
    headers = web.get("/deposit/").headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_the_api_describes_itself_with_its_problems_and_its_key(web: Browser) -> None:
    spec = web.get("/deposit/openapi.json").json

    assert spec["openapi"] == "3.1.0"
    operation = spec["paths"]["/deposit/api/v1/comptes/{compte_id}:crediter"]["post"]
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
    assert operation["responses"]["409"] == {"$ref": "#/components/responses/Problem409"}
    problem = spec["components"]["responses"]["Problem409"]["content"]
    assert list(problem) == ["application/problem+json"]
    tokens = spec["paths"]["/deposit/api/v1/jetons"]["post"]
    assert tokens["security"] == []
    assert "parameters" not in tokens


def test_a_token_of_somebody_who_left_opens_nothing(app: OpenAPI, exemple: Exemple) -> None:
    with app.app_context():
        token, _ = bearers.issue_bearer("parti", USAGER)

    answer = app.test_client().get(f"{API}/moi", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "sent",
    [
        b'{"montant": 5, "jour": "\\ud800"}',
        b'{"\\ud800": 5}',
        b"[" * 5000 + b"]" * 5000,
        b'{"jour":' * 500 + b"1" + b"}" * 500,
        b'{"montant": NaN}',
        b'{"montant": ' + b"9" * 30 + b', "jour": "2027-03-12"}',
        b'{"montant": 5, "jour": "\xff"}',
    ],
)
def test_a_body_that_no_model_holds_is_unreadable_and_breaks_nothing(
    web: Browser, sent: bytes, bearer: dict[str, str]
) -> None:
    answer = web.client.post(
        f"{API}/comptes/c1:crediter", data=sent, headers=KEY | bearer, content_type="application/json"
    )

    assert (answer.status_code, answer.json["code"]) == (422, "DEMANDE_INVALIDE")


def test_a_field_counts_where_it_is_asked_and_once(web: Browser, exemple: Exemple, bearer: dict[str, str]) -> None:
    """The address fills no field of a form nor of a body, and a body that says one field twice is not read at all."""
    done, path = exemple.effects, f"{API}/comptes/c1:crediter"
    typed = {"rue": "1 rue du Port", "naissance_date-jour": "1", "naissance_date-mois": "2"}
    answers = [
        web.post("/deposit/adresse?ville=Brest&naissance_date-annee=1990", typed, form="/deposit/adresse"),
        web.client.post(f"{path}?montant=7", json={"jour": "2027-03-12"}, headers=KEY | bearer),
        web.client.post(path, data=b'{"montant": 5, "montant": 7, "jour": "2027-03-12"}', headers=KEY | bearer | JSON),
    ]

    assert [answer.status_code for answer in answers] == [422] * 3
    assert exemple.effects == done


@pytest.mark.parametrize(
    ("suite", "stays"),
    [
        ("/deposit/prive?onglet=2&mot=%C3%A9t%C3%A9", True),
        ("//evil.test/x", False),
        ("/\t/evil.test/x", False),
        ("/\\evil.test", False),
        ("\\\\evil.test", False),
        (" //evil.test", False),
        ("/%09/evil.test", False),
        ("/%5Cevil.test", False),
        ("/%2F/evil.test", False),
        ("/\r\n/evil.test", False),
        ("https://evil.test/deposit/", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_a_link_sends_a_browser_only_to_a_page_of_ours(suite: str, stays: bool) -> None:
    assert page_of_ours(suite) == (suite if stays else "")


def test_who_signs_in_stays_here_whatever_her_link_says(web: Browser) -> None:
    answer = web.post("/deposit/agents/connexion?suite=/%09/evil.test/x", credentials())

    assert (answer.status_code, answer.headers["Location"]) == (303, "/deposit/")
