"""How many files the main acts of deposit cross, counted as they run, from the route and from the page."""

from __future__ import annotations

from typing import Any

from tests.browser import hidden_fields
from tests.deposit.conftest import Deposit, a_person, mandatory
from tests.deposit.desk import an_agent
from tests.deposit.navigateur import person_named
from tests.trip import followed

AT_MOST = 6
# The page of an act is two files: that of its noun, and the form that every act has.
AT_MOST_BY_PAGE = 7


def test_the_main_acts_cross_six_files_at_most_from_their_route_to_their_write(deposit: Deposit) -> None:
    crossed: dict[str, list[str]] = {}
    with followed("deposit") as crossed["open an account"]:
        person = a_person(deposit)
    agent = deposit.agent("instructeur")
    with followed("deposit") as crossed["begin"]:
        draft = person.begin(titre_code="etudiant")
    codes = mandatory(draft)
    with followed("deposit") as crossed["join a piece"]:
        person.add(draft["demande_id"], codes[0])
    for code in codes[1:]:
        person.add(draft["demande_id"], code)
    path = f"/demandes/{draft['demande_id']}"

    def act(name: str, verb: str, token: str, **body: Any) -> None:
        with followed("deposit") as crossed[name]:
            done = deposit.call("POST", f"{path}:{verb}", token, **({"json": body} if body else {}))
            assert done.status_code == 200, done.json

    act("file", "deposer", person.token)
    act("ask for pieces", "demander-pieces", agent, pieces=[codes[0]], texte="Illisible")
    act("find complete", "complete", agent)
    act("decide", "favorable", agent)
    act("announce", "titre-pret", agent, lieu="Préfecture")

    _at_most(crossed)


def test_a_page_makes_it_one_file_more(deposit: Deposit) -> None:
    crossed: dict[str, list[str]] = {}
    browser, _ = person_named(deposit)
    demande_id = browser.begin("etudiant")
    for piece in mandatory({"demande_id": demande_id}):
        browser.add_piece(demande_id, piece)
    page = browser.read(f"/deposit/demandes/{demande_id}/verifier")
    with followed("deposit") as crossed["file"]:
        browser.send(page, "/deposer")
    desk = an_agent(deposit, "instructeur")
    for name, code in (("find complete", "complete"), ("decide", "favorable")):
        path = f"/agents/demandes/{demande_id}/actes/{code}"
        previewed = dict(hidden_fields(desk.post(path)))
        with followed("deposit") as crossed[name]:
            assert desk.client.post(f"/deposit{path}", data=previewed).status_code == 303

    _at_most(crossed, AT_MOST_BY_PAGE)


def _at_most(crossed: dict[str, list[str]], most: int = AT_MOST) -> None:
    assert [act for act, files in crossed.items() if not files] == []
    assert {act: files for act, files in crossed.items() if len(files) > most} == {}
