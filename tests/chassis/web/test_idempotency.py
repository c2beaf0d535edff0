"""The same command twice has one effect."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from flask_openapi import OpenAPI

from chassis import clock, mongo
from chassis.settings import Settings
from chassis.web import bearers
from chassis.web.who import USAGER
from tests.browser import Browser
from tests.chassis.web.exemple import Exemple

PATH = "/deposit/api/v1/comptes/c1:crediter"
BODY = {"montant": 5, "jour": "2027-03-12"}


def key(bearer: dict[str, str], value: str = "") -> dict[str, str]:
    return {**bearer, "Idempotency-Key": f'"{value or clock.new_id()}"'}


def test_a_command_without_a_key_is_refused(web: Browser, bearer: dict[str, str]) -> None:
    answer = web.client.post(PATH, json=BODY, headers=bearer)

    assert (answer.status_code, answer.json["code"]) == (400, "CLE_ABSENTE")
    assert answer.content_type == "application/problem+json"


def test_twenty_threads_with_one_key_have_one_effect(exemple: Exemple, bearer: dict[str, str]) -> None:
    app = exemple.app(threads=20)
    before, headers = exemple.effects, key(bearer)
    barrier = threading.Barrier(20)

    def send(_: int) -> tuple[int, str]:
        client = app.test_client()
        barrier.wait()
        answer = client.post(PATH, json=BODY, headers=headers)
        return answer.status_code, answer.json.get("fait", "")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))

    assert exemple.effects == before + 1
    assert {status for status, _ in answers} <= {200, 409}
    assert len({done for status, done in answers if status == 200}) == 1


def test_a_repeat_gets_the_first_answer_and_says_so(web: Browser, exemple: Exemple, bearer: dict[str, str]) -> None:
    before, headers = exemple.effects, key(bearer)

    first = web.client.post(PATH, json=BODY, headers=headers)
    again = web.client.post(PATH, json=dict(reversed(BODY.items())), headers=headers)

    assert (again.status_code, again.json) == (200, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert exemple.effects == before + 1


@pytest.mark.parametrize(
    ("path", "body"),
    [(PATH, {**BODY, "montant": 6}), ("/deposit/api/v1/comptes/c2:crediter", BODY)],
    ids=["another body", "another object"],
)
def test_a_key_used_for_something_else_is_refused(
    web: Browser, bearer: dict[str, str], path: str, body: dict[str, object]
) -> None:
    headers = key(bearer)
    web.client.post(PATH, json=BODY, headers=headers)

    answer = web.client.post(path, json=body, headers=headers)

    assert (answer.status_code, answer.json["code"]) == (422, "CLE_REUTILISEE")


def test_two_people_may_choose_the_same_key(app: OpenAPI, exemple: Exemple, bearer: dict[str, str]) -> None:
    with app.app_context():
        other = {"Authorization": f"Bearer {bearers.issue_bearer('u2', USAGER)[0]}"}
    before, value = exemple.effects, clock.new_id()

    answers = [app.test_client().post(PATH, json=BODY, headers=key(who, value)) for who in (bearer, other)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert exemple.effects == before + 2


def test_while_it_runs_the_same_key_is_told_to_wait(app: OpenAPI, exemple: Exemple, bearer: dict[str, str]) -> None:
    inside, leave, headers = threading.Event(), threading.Event(), key(bearer)

    def wait_inside() -> None:
        inside.set()
        assert leave.wait(20)

    exemple.during = wait_inside
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lambda: app.test_client().post(PATH, json=BODY, headers=headers))
        assert inside.wait(20)
        second = app.test_client().post(PATH, json=BODY, headers=headers)
        leave.set()
        done = first.result()
    exemple.during = lambda: None

    assert (second.status_code, second.json["code"]) == (409, "CLE_EN_COURS")
    assert done.status_code == 200


def test_a_key_whose_holder_died_is_taken_over_with_the_same_request_id(
    app: OpenAPI, exemple: Exemple, bearer: dict[str, str]
) -> None:
    """The holder acted and was killed before it could store its answer; its lease ends."""
    headers, before = key(bearer), exemple.effects
    first = app.test_client().post(PATH, json=BODY, headers=headers)
    mongo.database("deposit")["idempotence"].update_one(
        {"_id": first.json["fait"]},
        {"$set": {"state": "running", "lease_time": clock.now() - timedelta(seconds=1)}, "$unset": {"response": 1}},
    )

    again = app.test_client().post(PATH, json=BODY, headers=headers)

    assert (again.status_code, again.json) == (200, first.json)
    assert "Idempotency-Replayed" not in again.headers
    assert exemple.effects == before + 1


def test_a_refusal_keeps_no_key(web: Browser, bearer: dict[str, str]) -> None:
    headers = key(bearer)

    answers = [web.client.post("/deposit/api/v1/refus", headers=headers) for _ in range(2)]

    assert [answer.json["code"] for answer in answers] == ["DEJA_FAIT", "DEJA_FAIT"]
    assert "Idempotency-Replayed" not in answers[1].headers


def test_a_double_click_on_a_page_has_one_effect_and_one_answer(app: OpenAPI, exemple: Exemple) -> None:
    browser, before = Browser(app), exemple.effects
    filled = {
        **browser.hidden("/deposit/adresse"),
        "rue": "1 rue du Port",
        "ville": "Lyon",
        "naissance_date-jour": "27",
        "naissance_date-mois": "3",
        "naissance_date-annee": "1990",
    }
    cookie = browser.client.get_cookie("sejour_page", path="/deposit")
    assert cookie is not None
    barrier = threading.Barrier(2)

    def click(_: int) -> tuple[int, str]:
        client = app.test_client()
        client.set_cookie("sejour_page", cookie.value, path="/deposit")
        barrier.wait()
        answer = client.post("/deposit/adresse", data=filled)
        return answer.status_code, answer.headers.get("Location", "")

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(click, range(2)))

    assert answers == [(303, "/deposit/")] * 2
    assert exemple.effects == before + 1


def test_going_back_to_correct_is_a_new_command(web: Browser, exemple: Exemple) -> None:
    before, fields = exemple.effects, web.hidden("/deposit/adresse")
    day = {"naissance_date-jour": "27", "naissance_date-mois": "3", "naissance_date-annee": "1990"}

    for town in ("Lyon", "Bron"):
        answer = web.client.post("/deposit/adresse", data={**fields, **day, "rue": "1 rue du Port", "ville": town})
        assert answer.status_code == 303

    assert exemple.effects == before + 2


@pytest.mark.parametrize("heard", [False, True], ids=["answer lost", "answer shown"])
def test_the_same_words_sent_again_are_a_second_act_only_for_who_saw_the_answer_to_the_first(
    web: Browser, exemple: Exemple, heard: bool
) -> None:
    """The line is cut before the page that answers: she goes back, the form is drawn anew, and she sends it again."""
    before = exemple.effects
    day = {"naissance_date-jour": "27", "naissance_date-mois": "3", "naissance_date-annee": "1990"}
    typed = {**day, "rue": "1 rue du Port", "ville": "Lyon"}
    first = web.client.post("/deposit/adresse", data={**typed, **web.hidden("/deposit/adresse")})
    assert first.status_code == 303
    if heard:
        web.get(first.headers["Location"])
    else:
        with web.client.session_transaction("/deposit/") as kept:
            kept.pop("_flashes")

    again = web.client.post("/deposit/adresse", data={**typed, **web.hidden("/deposit/adresse")})

    assert again.headers["Location"] == first.headers["Location"]
    assert "Adresse enregistrée." in web.get("/deposit/").text, "what the lost answer would have said is said"
    assert exemple.effects == before + (2 if heard else 1)


def test_a_double_click_on_a_form_that_is_refused_shows_the_faults_twice(app: OpenAPI) -> None:
    browser = Browser(app)
    filled = {**browser.hidden("/deposit/adresse"), "rue": "1"}
    cookie = browser.client.get_cookie("sejour_page", path="/deposit")
    assert cookie is not None

    def click(_: int) -> int:
        client = app.test_client()
        client.set_cookie("sejour_page", cookie.value, path="/deposit")
        return client.post("/deposit/adresse", data=filled).status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(click, range(2))) == [422, 422]


def test_a_store_that_dies_in_the_middle_of_an_act_is_told_as_an_outage(
    web: Browser, exemple: Exemple, settings: Settings, bearer: dict[str, str]
) -> None:
    """The key could not be released either: a program and a person still read a refusal with a time to come back."""
    nowhere = replace(settings, mongodb_uri="mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100")
    address = {"rue": "1 rue du Port", "ville": "Lyon"} | dict(
        zip(("naissance_date-annee", "naissance_date-mois", "naissance_date-jour"), ("1990", "5", "4"), strict=True)
    )
    form = address | web.hidden("/deposit/adresse")
    exemple.during = partial(mongo.connect, nowhere)
    try:
        told = web.client.post(PATH, json=BODY, headers=key(bearer))
        mongo.connect(settings)
        shown = web.client.post("/deposit/adresse", data=form)
    finally:
        exemple.during = lambda: None
        mongo.connect(settings)

    assert (told.status_code, told.json["code"], told.headers["Retry-After"]) == (503, "INDISPONIBLE", "30")
    assert (shown.status_code, shown.headers["Retry-After"]) == (503, "30")
    assert "/substitution/je-n-y-arrive-pas" in shown.text


def test_a_full_disk_is_an_outage_with_a_time_to_come_back(
    web: Browser, exemple: Exemple, bearer: dict[str, str]
) -> None:
    exemple.during = partial(Path("/dev/full").write_bytes, b"une page")
    try:
        told = web.client.post(PATH, json=BODY, headers=key(bearer))
    finally:
        exemple.during = lambda: None

    assert (told.status_code, told.json["code"], told.headers["Retry-After"]) == (503, "INDISPONIBLE", "30")
