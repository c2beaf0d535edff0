"""Opening an account tells nothing of another's; an e-mail and a mobile number are hers once a code came back."""

from __future__ import annotations

from typing import Any

import pytest

from dev.browser import Page
from sejour.contact.v1 import contact_pb2
from tests.deposit.conftest import MOT_DE_PASSE, Deposit, a_person, codes_of
from tests.deposit.navigateur import Navigateur, usager


def opened(deposit: Deposit, **typed: str) -> tuple[Navigateur, Page, dict[str, Any]]:
    """An account opened by the page and nothing confirmed: the browser, the page, the account as stored."""
    browser = Navigateur(deposit)
    page = browser.open_account(**typed)
    return browser, page, usager(page.html.find("strong", class_="reference").get_text())  # type: ignore[union-attr]


def asked_of(account: dict[str, Any], modele: str) -> int:
    """How many messages of this kind an account asked for."""
    return sum(entry.get("prive", {}).get("modele") == modele for entry in account["outbox"])


def told_before(account: dict[str, Any]) -> list[contact_pb2.Contact]:
    """How she was reached before each change, as notify knows it for the message that tells it."""
    subject = f"contact.{account['_id']}-avant"
    return [contact_pb2.Contact.FromString(e["payload"]) for e in account["outbox"] if e["subject"] == subject]


def told_of(account: dict[str, Any]) -> contact_pb2.Contact:
    """What notify knows last of how this person is reached."""
    told = [e for e in account["outbox"] if e["kind"] == "contact" and e["subject"] == f"contact.{account['_id']}"]
    return contact_pb2.Contact.FromString(told[-1]["payload"])


def test_nothing_goes_to_an_e_mail_or_a_mobile_before_the_code_came_back(deposit: Deposit) -> None:
    typed = {"courriel": "awa-neuve@exemple.test", "telephone": "06 39 98 07 07"}
    browser, page, account = opened(deposit, **typed)
    before = told_of(account)
    codes = codes_of(deposit, account["_id"])

    wrong = browser.send(
        browser.read("/deposit/compte/confirmer"), "/compte/confirmer", voie="COURRIEL", code=codes["SMS"]
    )
    space = browser.read("/deposit/espace").text
    browser.confirm(account["identifiant"])
    after = told_of(usager(account["identifiant"]))

    assert "Écrire le code reçu" in page.text and "n’est pas confirmé" in space
    assert (before.courriel, before.telephone, list(before.canaux)) == ("", "", [])
    assert wrong.status == 422 and "n’est pas celui qui a été envoyé" in wrong.text
    assert (after.courriel, after.telephone) == ("awa-neuve@exemple.test", "+33639980707")
    assert list(after.canaux)[:2] == [contact_pb2.CANAL_COURRIEL, contact_pb2.CANAL_SMS]
    assert Navigateur(deposit).sign_in("awa-neuve@exemple.test").title == "Mon espace"


def test_who_opens_an_account_learns_nothing_of_the_account_that_has_her_e_mail_and_its_holder_is_told(
    deposit: Deposit,
) -> None:
    holder = a_person(deposit, courriel="prise@exemple.test")
    _browser, free, one = opened(deposit, courriel="libre@exemple.test")
    thief, taken, other = opened(deposit, courriel="prise@exemple.test")
    again = thief.send(thief.read("/deposit/compte/confirmer"), "/confirmer/renvoyer", voie="COURRIEL")
    by_api = [
        deposit.call(
            "POST",
            "/comptes",
            json={"nom": "Exemple", "naissance_date": "1990-05-17", "password": MOT_DE_PASSE, "courriel": courriel},
        )
        for courriel in ("prise@exemple.test", "libre-aussi@exemple.test")
    ]

    assert free.text.replace(one["identifiant"], "") == taken.text.replace(other["identifiant"], "")
    assert "Un autre code part maintenant" in again.text
    assert [answer.status_code for answer in by_api] == [201, 201]
    assert len({str(sorted(answer.json or {})) for answer in by_api}) == 1, "the same fields"
    assert codes_of(deposit, other["_id"]) == {}, "no code goes to a mailbox that is somebody's"
    kept = usager(holder.identifiant)
    assert kept["courriel"] == "prise@exemple.test" and asked_of(kept, "compte_deja") == 3
    assert "courriel" not in usager(other["identifiant"])


def test_whose_number_somebody_gives_as_his_own_is_told_and_only_so_often(deposit: Deposit) -> None:
    """To open an account, whatever the spelling, and in an account that is open."""
    holder = a_person(deposit, numero_etranger="7598765432")
    page = Navigateur(deposit).open_account(numero_etranger="75 9876 5432")
    thief, _page, _account = opened(deposit)
    refused = thief.send(thief.read("/deposit/compte/numero"), "/compte/numero", numero_etranger="7598765432")

    assert (page.status, refused.status) == (409, 422)
    assert asked_of(usager(holder.identifiant), "numero_deja") == 2
    told = [Navigateur(deposit).open_account(numero_etranger="7598-765-432").status for _ in range(10)]
    assert told == [409] * 8 + [429] * 2, "her own opening counted too"
    assert asked_of(usager(holder.identifiant), "numero_deja") == 10


def test_who_comes_first_does_not_keep_an_address_from_who_proves_that_it_is_hers(deposit: Deposit) -> None:
    first, _page, squatter = opened(deposit, courriel="convoitee@exemple.test")
    mine, _page, owner = opened(deposit, courriel="convoitee@exemple.test")
    codes = codes_of(deposit, squatter["_id"])
    mine.confirm(owner["identifiant"])

    late = first.send(
        first.read("/deposit/compte/confirmer"), "/compte/confirmer", voie="COURRIEL", code=codes["COURRIEL"]
    )

    assert usager(owner["identifiant"])["courriel"] == "convoitee@exemple.test"
    assert late.status == 422 and "déjà celle d’un autre compte" in late.text
    assert "courriel" not in usager(squatter["identifiant"])


def test_a_number_changed_later_waits_for_its_code_and_who_read_the_one_before_is_told(deposit: Deposit) -> None:
    browser, _page, account = opened(deposit, telephone="06 39 98 07 08")
    identifiant = account["identifiant"]
    browser.confirm(identifiant)
    change = browser.read("/deposit/compte/changement")
    mine = browser.send(change, "/compte/changement", telephone="06 39 98 07 09")
    waiting = usager(identifiant)
    change = browser.read("/deposit/compte/changement")
    browser.send(change, "/compte/changement", adresse="1 rue d’Exemple\n75001 Paris")
    browser.confirm(identifiant)
    changed = usager(identifiant)
    browser.send(browser.read("/deposit/compte/changement"), "/compte/changement", telephone="")
    emptied = usager(identifiant)

    assert "À confirmer : +33639980709" in mine.text and "Ce numéro sert dès que le code est écrit" in mine.text
    assert told_of(waiting).telephone == "+33639980708" and asked_of(waiting, "telephone_change") == 0
    assert asked_of(changed, "moyen_a_confirmer") == 2, "given again, it is asked for no second time"
    assert told_of(changed).telephone == "+33639980709"
    assert [told.telephone for told in told_before(changed)] == ["+33639980708"]
    assert asked_of(emptied, "telephone_change") == 2 and told_of(emptied).telephone == ""
    assert [told.telephone for told in told_before(emptied)] == ["+33639980708", "+33639980709"]


@pytest.mark.parametrize("nom", ["Urgent http://vol.test", "Lisez: 0612345678", "<b>Vous</b>", "a@b"])
def test_no_text_of_anybodys_reaches_a_message_by_way_of_a_name(deposit: Deposit, nom: str) -> None:
    page = Navigateur(deposit).open_account(nom=nom)

    assert page.status == 422 and page.html.find("a", href="#f-nom")


@pytest.mark.parametrize("nom", ["O’Brien-N'Guyen", "Pérez i Col·la", "Ødegård", "D’Almeida‑Sá"])
def test_a_name_is_taken_as_it_is_written(deposit: Deposit, nom: str) -> None:
    _browser, _page, account = opened(deposit, nom=nom)

    assert account["nom"] == nom
