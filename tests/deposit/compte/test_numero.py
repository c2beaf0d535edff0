"""A numéro étranger that comes later joins the account; nothing of it moves."""

from __future__ import annotations

import html

import pytest

from tests.deposit.conftest import Deposit, a_person
from tests.deposit.desk import an_agent
from tests.deposit.navigateur import Navigateur


@pytest.mark.clause("DEP-02/c", "DEP-02/d", "DEP-02/e", "DEP-02/f")
@pytest.mark.parametrize("code", ["famille-de-bpi", "mineur-protege-devenu-majeur", "parent-d-enfant-francais"])
def test_a_number_given_later_keeps_dossier_pieces_history_and_date(deposit: Deposit, code: str) -> None:
    regular = code != "parent-d-enfant-francais"
    person = a_person(deposit, situation_reguliere=regular)
    filed = person.file(titre_code=code, situation_reguliere=regular)
    before = person.call("GET", f"/demandes/{filed['demande_id']}/historique").json["faits"]
    deposit.advance(1)
    number = {"famille-de-bpi": "7500000101", "mineur-protege-devenu-majeur": "7500000102"}.get(code, "7500000103")
    desk = an_agent(deposit, "instructeur", agent_id="agent-numero")

    done = desk.post(f"/agents/personnes/{person.usager_id}/actes/numero", numero=number)
    after = person.read(filed["demande_id"])
    entered = Navigateur(deposit).sign_in(number)

    assert done.status_code == 303
    assert person.call("GET", "/moi").json["numero_etranger"] == number
    assert (after["depot_date"], after["pieces"], after["reference"]) == (
        filed["depot_date"],
        filed["pieces"],
        filed["reference"],
    )
    assert person.call("GET", f"/demandes/{filed['demande_id']}/historique").json["faits"][: len(before)] == before
    assert entered.title == "Mon espace"


def test_a_number_of_another_account_or_a_second_number_is_refused(deposit: Deposit) -> None:
    person, other = a_person(deposit), a_person(deposit, numero_etranger="7500000111")
    token = deposit.agent("instructeur", agent_id="agent-numero")

    taken = deposit.call("POST", f"/usagers/{person.usager_id}:numero", token, json={"numero": "7500000111"})
    second = deposit.call("POST", f"/usagers/{other.usager_id}:numero", token, json={"numero": "7500000112"})
    far = deposit.call(
        "POST",
        f"/usagers/{person.usager_id}:numero",
        deposit.agent("instructeur", prefectures=("13",), agent_id="agent-loin"),
        json={"numero": "7500000113"},
    )

    short = deposit.call("POST", f"/usagers/{person.usager_id}:numero", token, json={"numero": "75000 0011"})

    assert short.status_code == 422 and "dix chiffres" in str(short.json)
    assert (taken.json["code"], second.json["code"]) == ("NUMERO_PRIS", "NUMERO_DEJA")
    assert far.status_code == 403


@pytest.mark.clause("DEP-03/e")
def test_an_agent_who_meets_a_number_already_taken_has_every_way_out_on_that_page(deposit: Deposit) -> None:
    person, other = a_person(deposit), a_person(deposit, numero_etranger="7500000114")
    desk = an_agent(deposit, "superviseur", agent_id="agent-numero")

    page = desk.post(f"/agents/personnes/{person.usager_id}/actes/numero", numero="7500000114")

    theirs = f"/deposit/agents/personnes/{other.usager_id}"
    assert page.status_code == 422
    for words in ("n’y entre plus", "n’est plus la sienne", "Ce compte n’est pas d’elle", "autrement"):
        assert words in html.unescape(page.text)
    for link in (f'"{theirs}"', f'"{theirs}/identite', '"/substitution/"'):
        assert link in page.text
    acts = desk.text(theirs.removeprefix("/deposit"))
    for words in ("Renvoyer un lien", "Changer l’adresse e-mail", "Geler le compte", "Rendre son numéro"):
        assert words in acts
