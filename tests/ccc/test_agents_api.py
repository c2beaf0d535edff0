"""The contact centre by a program: a ticket by telephone, calls and their end, calls without answer, cards."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from services.ccc.store import Appel, Fiche, Saisine
from tests.agents import Program
from tests.browser import Browser
from tests.ccc.conftest import write

Programs = Callable[[str], Program]
SAID: dict[str, Any] = {"precis": "Je ne peux plus entrer dans mon compte", "symptome": 3, "prefecture": "93"}
CARD = {"titre": "Changer d’adresse", "texte": "Dites-le dans les trois mois.", "source": "Essai"}
OUTSIDE = ("gael", "paola", "nadia", "otto")


@pytest.fixture
def program(app: Flask) -> Programs:
    """A program with the token of an agent, or of nobody."""
    return lambda login: Program(app, "ccc", login)


def test_a_ticket_by_telephone_is_in_the_queue_and_the_person_follows_it(
    program: Programs, agent: Any, web: Browser
) -> None:
    made = program("chloe").post_twice("/agents/saisines", SAID | {"telephone": "06 39 98 00 12"})

    saisine = Saisine.objects(id=made.json["saisine_id"]).first()
    assert (made.status_code, saisine.canal, saisine.blocage_id != "") == (201, "TELEPHONE", True)
    assert saisine.telephone == "+33639980012"
    assert saisine.reference in agent("chloe").read("/ccc/agents/").text
    assert SAID["precis"] in html.unescape(web.get(f"/ccc/suivi/{saisine.suivi_cle}").text)
    assert agent("chloe").read("/ccc/agents/").text.count(saisine.reference) == 1


@pytest.mark.parametrize("login", [*OUTSIDE, ""])
def test_nobody_outside_the_centre_opens_a_ticket_by_telephone(program: Programs, agent: Any, login: str) -> None:
    before = Saisine.objects.count()

    refused = program(login).post("/agents/saisines", SAID)

    assert refused.status_code == (403 if login else 401)
    if login:
        assert agent(login).post("/ccc/agents/appel", SAID, form="/ccc/agents/registre").status_code == 403
    assert Saisine.objects.count() == before


LIMITS = (("precis", 1, 4000), ("etape", 0, 200), ("nom", 0, 200), ("choix", 0, 100))


@pytest.mark.parametrize(("champ", "low", "high"), LIMITS)
def test_a_ticket_by_telephone_has_one_limit_on_page_and_api(
    program: Programs, agent: Any, champ: str, low: int, high: int
) -> None:
    desk = agent("chloe")
    answers = {}
    for length in (low - 1, low, high, high + 1):
        if length < 0:
            continue
        typed = SAID | {champ: "x" * length}
        by_page = desk.post("/ccc/agents/appel", typed).status_code == 303
        by_api = program("chloe").post("/agents/saisines", typed).status_code == 201
        answers[length] = (by_page, by_api)

    assert answers == {length: (low <= length <= high,) * 2 for length in answers}


def test_a_call_is_written_on_the_ticket_its_code_read_by_the_person_then_ended(
    program: Programs, agent: Any, web: Browser
) -> None:
    saisine = write(web, telephone="06 39 98 00 13")
    path, screen = f"/agents/saisines/{saisine.id}/appels", f"/ccc/agents/saisines/{saisine.id}/appel"
    follow = f"/ccc/suivi/{saisine.suivi_cle}"

    made = program("chloe").post_twice(path, {"sens": "SORTANT"})
    code, call = made.json["code"], f"/agents/appels/{made.json['appel_id']}:terminer"
    during = web.get(follow).text, agent("claude").get(screen).text
    ended = program("chloe").post_twice(call, {"resultat": "SANS_REPONSE"})
    after = web.get(follow).text

    assert (made.status_code, len(code)) == (201, 6)
    assert all(code in page for page in during)
    assert (ended.status_code, ended.json["resultat"]) == (200, "SANS_REPONSE")
    assert f"Demandez-lui ce code : {code}" not in html.unescape(after).split("<ol")[0]
    assert Appel.objects(saisine_id=saisine.id).count() == 1
    received = program("chloe").post(path, {"sens": "ENTRANT"})
    assert received.json["code"] == ""


def test_a_call_that_ended_keeps_how_it_ended(program: Programs, agent: Any, web: Browser) -> None:
    saisine = write(web)
    made = program("chloe").post(f"/agents/saisines/{saisine.id}/appels", {"sens": "ENTRANT"}).json
    path = f"/agents/appels/{made['appel_id']}:terminer"
    screen = f"/ccc/agents/saisines/{saisine.id}/appel"
    program("chloe").post(path, {"resultat": "TRAITE"})

    by_api = program("chloe").post(path, {"resultat": "SANS_REPONSE"})
    by_page = agent("chloe").post(f"{screen}/{made['appel_id']}/sans-reponse", {}, form=screen)

    assert (by_api.status_code, by_page.status_code) == (409, 422)
    assert Appel.objects(id=made["appel_id"]).first().resultat == "TRAITE"


@pytest.mark.parametrize("login", [*OUTSIDE, "remi", ""])
def test_a_call_is_written_and_ended_by_the_centre_in_its_prefectures_alone(
    program: Programs, web: Browser, login: str
) -> None:
    saisine = write(web)
    call = program("chloe").post(f"/agents/saisines/{saisine.id}/appels", {"sens": "ENTRANT"}).json["appel_id"]

    refused = [
        program(login).post(f"/agents/saisines/{saisine.id}/appels", {"sens": "ENTRANT"}),
        program(login).post(f"/agents/appels/{call}:terminer", {"resultat": "TRAITE"}),
    ]

    assert [answer.status_code for answer in refused] == [403 if login else 401] * 2
    assert [found.resultat for found in Appel.objects(saisine_id=saisine.id)] == [""]


def test_a_call_that_is_none_and_a_word_that_is_none_are_refused(program: Programs, web: Browser) -> None:
    saisine = write(web)

    assert program("chloe").post("/agents/appels/inconnu:terminer", {"resultat": "TRAITE"}).status_code == 404
    assert program("chloe").post(f"/agents/saisines/{saisine.id}/appels", {"sens": "AUTRE"}).status_code == 422
    assert program("chloe").post("/agents/saisines/inconnue/appels", {"sens": "ENTRANT"}).status_code == 404


def test_vain_calls_told_by_a_program_are_a_blocage_at_the_third(program: Programs, web: Browser) -> None:
    """The same count as on the page, for the same person."""
    told = {"joignable": "06 39 98 00 14", "prefecture": "93", "fois": 2}

    twice = program("").post_twice("/appels-sans-reponse", told)
    third = web.post("/ccc/appel-sans-reponse", told | {"fois": 1})

    assert twice.status_code == 201
    assert twice.json == {"blocage_reference": "", "tentatives": 2}
    assert "B-" in third.text


@pytest.mark.parametrize(("change", "taken"), [
    ({"fois": 0}, False), ({"fois": 1}, True), ({"fois": 30}, True), ({"fois": 31}, False),
    ({"joignable": "ab"}, False), ({"joignable": "x" * 188 + "@exemple.fr"}, True),
    ({"joignable": "x" * 190 + "@exemple.fr"}, False),
])  # fmt: skip
def test_vain_calls_have_one_limit_on_page_and_api(
    program: Programs, web: Browser, change: dict[str, Any], taken: bool
) -> None:
    told = {"joignable": "06 39 98 00 15", "prefecture": "93", "fois": 1} | change

    by_api = program("").post("/appels-sans-reponse", told)
    by_page = web.post("/ccc/appel-sans-reponse", told)

    assert (by_api.status_code == 201, by_page.status_code == 200) == (taken, taken), by_api.text


def test_a_card_written_by_a_program_is_read_and_found_by_everybody(program: Programs, web: Browser) -> None:
    made = program("cyril").post_twice("/agents/fiches", CARD)

    card = html.unescape(web.get(f"/ccc/fiches/{made.json['fiche_id']}").text)
    found = web.get("/ccc/api/v1/fiches?q=changer+adresse").json["fiches"]
    assert made.status_code == 201
    for words in (*CARD.values(), "1er mars 2027"):
        assert words in card
    assert [each["source"] for each in found if each["titre"] == CARD["titre"]] == ["Essai"]


@pytest.mark.parametrize("login", ["chloe", *OUTSIDE, ""])
def test_a_card_is_written_by_the_supervisor_of_the_centre_alone(program: Programs, agent: Any, login: str) -> None:
    before = Fiche.objects.count()

    assert program(login).post("/agents/fiches", CARD).status_code == (403 if login else 401)
    assert Fiche.objects.count() == before


@pytest.mark.parametrize(("champ", "low", "high"), [("titre", 3, 200), ("texte", 3, 8000), ("source", 3, 300)])
def test_a_card_has_one_limit_on_page_and_api(program: Programs, agent: Any, champ: str, low: int, high: int) -> None:
    desk = agent("cyril")
    for length in (low - 1, low, high, high + 1):
        typed = CARD | {champ: "x" * length}
        by_page = desk.post("/ccc/agents/fiches", typed).status_code == 303
        by_api = program("cyril").post("/agents/fiches", typed).status_code == 201

        assert (by_page, by_api) == (low <= length <= high,) * 2, length
