"""A form that cannot be taken comes back filled: after signing in when needed, to nobody else, with its files."""

from __future__ import annotations

import io
from typing import Any

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from chassis import mongo
from chassis.web.inputs import FILES
from tests.browser import Browser, hidden_fields
from tests.chassis.web.exemple import Exemple
from tests.pictures import picture

ADDRESS, STUCK = "/deposit/adresse", "/deposit/je-n-y-arrive-pas"
TYPED = {
    "rue": "12 rue « du Port » & fils",
    "ville": "Brest",
    "naissance_date-jour": "1",
    "naissance_date-mois": "2",
    "naissance_date-annee": "1990",
    "aides": "ecrire",
}


def sign_in(web: Browser, person: str) -> None:
    """By the page, as anybody does."""
    assert web.post("/deposit/connexion", {"sujet": person}, form="/deposit/").status_code == 303


def opened(web: Browser) -> dict[str, str]:
    """The form as this browser has it on its screen."""
    return dict(hidden_fields(web.get(ADDRESS)))


def send(web: Browser, form: dict[str, str], **headers: str) -> TestResponse:
    """Presses the button of a page that was opened before."""
    return web.client.post(ADDRESS, data={**form, **TYPED}, headers=headers)


def shown(page: TestResponse) -> dict[str, Any]:
    """What the fields of the page hold."""
    html = BeautifulSoup(page.text, "html.parser")
    fields = {str(field["name"]): field.get("value", "") for field in html.select("#contenu input[type=text]")}
    dates = {str(field["name"]): field.get("value", "") for field in html.select(".day input")}
    return fields | dates | {"aides": [box["value"] for box in html.select("[name=aides][checked]")]}


def test_a_page_opened_before_a_new_sign_in_comes_back_filled_once(web: Browser, exemple: Exemple) -> None:
    sign_in(web, "u1")
    form, done = opened(web), exemple.effects
    sign_in(web, "u1")

    answer = send(web, form)
    page = web.get(answer.location)
    again = web.get(ADDRESS)

    assert (answer.status_code, answer.location, exemple.effects) == (303, ADDRESS, done)
    assert "Rien n'a été envoyé" in BeautifulSoup(page.text, "html.parser").text
    assert shown(page) == {**TYPED, "aides": ["ecrire"]}
    assert shown(again)["ville"] == "Lyon"
    assert web.post(ADDRESS, TYPED | dict(hidden_fields(page))).status_code == 303


def test_whoever_was_signed_out_signs_in_and_finds_the_form_filled(web: Browser, exemple: Exemple) -> None:
    sign_in(web, "u1")
    form, done = opened(web), exemple.effects
    web.client.delete_cookie("sejour_session", path="/deposit")

    answer = send(web, form)
    door = str(BeautifulSoup(answer.text, "html.parser").select_one("#contenu a.button")["href"])  # type: ignore[index]
    sign_in(web, "u1")

    assert (answer.status_code, exemple.effects) == (401, done)
    assert door == "/deposit/connexion?suite=/deposit/adresse"
    assert shown(web.get(ADDRESS))["rue"] == TYPED["rue"]


def test_the_next_person_at_this_computer_reads_nothing_of_it(web: Browser) -> None:
    sign_in(web, "u1")
    form = opened(web)
    web.client.delete_cookie("sejour_session", path="/deposit")
    send(web, form)
    sign_in(web, "u2")

    page, sent = web.get(ADDRESS), send(web, form)

    assert shown(page)["ville"] == "Lyon"
    assert sent.status_code == 403
    assert TYPED["ville"] not in sent.text
    assert "pour une autre personne" in sent.text


def test_what_waits_cannot_be_read_without_the_browser(web: Browser, exemple: Exemple) -> None:
    send(web, dict(opened(web), csrf_token="une autre"))

    kept = str(list(mongo.database(exemple.settings.service)["formulaires"].find()))

    assert "Brest" not in kept
    assert "adresse" not in kept


@pytest.mark.parametrize("headers", [{"Origin": "https://ailleurs.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_fills_no_form_of_ours(web: Browser, headers: dict[str, str]) -> None:
    answer = send(web, dict(opened(web), csrf_token="une autre"), **headers)

    assert answer.status_code == 400
    assert shown(web.get(ADDRESS))["ville"] == "Lyon"


def test_a_refused_form_keeps_the_file_that_came_with_it(web: Browser, exemple: Exemple) -> None:
    photo = (io.BytesIO(picture("PNG")), "écran.png")
    form = dict(hidden_fields(web.get(STUCK)))
    fields = {**form, "essai": "", "capture": photo}

    refused = web.client.post(STUCK, data=fields, content_type="multipart/form-data")
    box = BeautifulSoup(refused.text, "html.parser").select_one(f"[name={FILES}]")
    assert refused.status_code == 422
    assert box is not None
    again = dict(hidden_fields(refused)) | {"essai": "Bloqué", FILES: str(box["value"])}
    web.client.post(STUCK, data=again, content_type="multipart/form-data")

    capture = exemple.blocages[-1][0].capture
    assert capture is not None
    assert capture.name == "écran.png"
