"""Guessing a password: it slows down who tries, asks a code of whoever comes, and shuts out nobody."""

from __future__ import annotations

from typing import Any

import pytest

from chassis import clock, mongo
from chassis.web import guessing
from dev.browser import Page
from tests.deposit.compte.test_second_facteur import sent
from tests.deposit.conftest import MOT_DE_PASSE, Deposit
from tests.deposit.navigateur import Navigateur, person_named, usager

ATTAQUES = 20


def stranger(deposit: Deposit, number: int = 0) -> Navigateur:
    """A browser that never came here, at an address of its own."""
    made = Navigateur(deposit)
    made.client.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
    return made


def attacked(deposit: Deposit, identifiant: str) -> None:
    """As many wrong passwords as put an account in doubt, each from somewhere else."""
    for number in range(ATTAQUES):
        assert stranger(deposit, number).sign_in(identifiant, "pas le bon").status == 401


def read(page: Page) -> tuple[int, str, str]:
    """What a page tells whoever tries."""
    return page.status, page.title, page.text


def test_who_tries_passwords_waits_and_the_holder_who_comes_from_elsewhere_does_not(deposit: Deposit) -> None:
    _browser, identifiant = person_named(deposit)
    thief, nobody = stranger(deposit, 101), stranger(deposit, 102)

    tried = [thief.sign_in(identifiant, "pas le bon") for _ in range(7)]
    for_nobody = [nobody.sign_in("S-2345-6789", "pas le bon") for _ in range(7)]
    waiting = thief.sign_in(identifiant)
    holder = stranger(deposit, 103).sign_in(identifiant)

    assert [page.status for page in tried] == [page.status for page in for_nobody] == [401] * 6 + [429]
    assert "l’attente s’allonge" in waiting.text and waiting.status == 429, "its right password would not be looked at"
    assert holder.title == "Mon espace"


def test_an_account_in_doubt_asks_a_code_of_whoever_comes_but_not_of_the_browser_that_its_holder_uses(
    deposit: Deposit,
) -> None:
    browser, identifiant = person_named(deposit, courriel="visee@exemple.test")
    browser.send(browser.read("/deposit/espace"), "/deconnexion")
    attacked(deposit, identifiant)
    attacked(deposit, "S-2345-6788")

    hers = browser.sign_in(identifiant)
    right, wrong, unknown = (
        stranger(deposit, 110 + n).sign_in(login, password)
        for n, (login, password) in enumerate(
            [(identifiant, MOT_DE_PASSE), (identifiant, "pas le bon"), ("S-2345-6788", "pas le bon")]
        )
    )
    code = sent(identifiant)
    elsewhere = stranger(deposit, 120)
    asked = elsewhere.sign_in(identifiant)
    stale = elsewhere.send(asked, "/connexion/code", code=code)
    entered = elsewhere.send(stale, "/connexion/code", code=sent(identifiant))

    assert hers.title == "Mon espace", "nothing that others try slows down the browser that she uses"
    assert read(right) == read(wrong) == read(unknown)
    assert right.title == "Votre code"
    assert (stale.status, entered.title) == (401, "Mon espace")

    def by_api(**said: str) -> Any:
        return deposit.call("POST", "/comptes:connexion", json={"identifiant": identifiant, **said})

    answers = [by_api(password=said).json["code"] for said in (MOT_DE_PASSE, "pas le bon")]
    late = [by_api(password=said, code="000000").json["code"] for said in (MOT_DE_PASSE, "pas le bon")]
    assert answers == ["CODE_ATTENDU"] * 2 and late == ["CODE_DE_CONNEXION_REFUSE"] * 2
    assert by_api(password=MOT_DE_PASSE, code=sent(identifiant)).status_code == 201


def test_who_has_no_way_to_be_sent_a_code_still_comes_in_from_anywhere(deposit: Deposit) -> None:
    _browser, identifiant = person_named(deposit)
    attacked(deposit, identifiant)

    assert stranger(deposit, 130).sign_in(identifiant).title == "Mon espace"


def test_a_device_is_known_for_the_password_with_which_it_came_in_and_for_no_other(deposit: Deposit) -> None:
    browser, identifiant = person_named(deposit)
    app = browser.client.application
    cookie = browser.client.get_cookie(guessing.COOKIE, path="/deposit")
    assert cookie is not None and cookie.http_only and identifiant not in cookie.value
    kept = usager(identifiant)

    def known(secret: str) -> bool:
        with app.test_request_context(headers={"Cookie": f"{guessing.COOKIE}={cookie.value}"}):
            return guessing.begin(kept["_id"], secret).known

    before, after = known(kept["password_hash"]), known("another password")

    assert (before, after) == (True, False)


@pytest.fixture(autouse=True)
def _calm(deposit: Deposit) -> None:
    """Each test begins with no try counted for the one address of all its browsers."""
    mongo.database("deposit")["limites"].delete_many({"expire_time": {"$gt": clock.now()}})
