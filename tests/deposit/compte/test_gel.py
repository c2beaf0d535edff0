"""An account frozen on a bare word opens for its holder by a proof that no mailbox gives, and for nobody else."""

from __future__ import annotations

from datetime import timedelta

from chassis import clock, mongo
from chassis.web.who import USAGER, Who
from services.deposit.compte.actions import preuve, usurpation
from tests.deposit.compte.test_case_02 import A_ELLE, BASE, USURPEE, claim, clean, stored  # noqa: F401
from tests.deposit.conftest import MOT_DE_PASSE, Deposit, Personne, a_person
from tests.deposit.navigateur import Navigateur


def test_the_holder_is_told_at_once_and_opens_her_account_again_by_a_code_that_no_mailbox_has(
    deposit: Deposit,
) -> None:
    end = clock.today() + timedelta(days=20)
    person = a_person(deposit, **BASE, courriel=A_ELLE, adresse=["3 rue du Port", "75011 Paris"], prefecture="75")
    codes = preuve.give_codes(person.usager_id, Who(kind=USAGER, id=person.usager_id), request_id=clock.new_id())
    chosen_before(person, 40)
    demande_id = person.file(titre_code="visiteur", prefecture="75", fin_titre_date=end.isoformat())["demande_id"]
    claim(Navigateur(deposit))
    kept = stored(person.usager_id)
    told = [e for e in kept["outbox"] if e.get("prive", {}).get("modele") == "compte_conteste"]
    reached = [e for e in kept["outbox"] if e["kind"] == "contact" and e["subject"].endswith("-en-personne")]
    deposit.advance(30)
    demande = mongo.database("deposit")["demandes"].find_one({"_id": demande_id})
    since, today = end.isoformat(), clock.today().isoformat()
    held = [d for d in demande["attestations"] if since <= d["debut_date"] <= today <= d.get("fin_date", today)]

    browser = Navigateur(deposit)
    shut = browser.sign_in(person.identifiant)
    said = {"identifiant": person.identifiant, "password": MOT_DE_PASSE}
    by_program = deposit.call("POST", "/comptes:connexion", json=said)
    typed = {"identifiant": person.identifiant, "password": MOT_DE_PASSE}
    by_guess = browser.send(browser.read("/deposit/compte/rouvrir"), "/compte/rouvrir", **typed, code="AAAA-AAAA")
    by_code = browser.send(browser.read("/deposit/compte/rouvrir"), "/compte/rouvrir", **typed, code=codes[0])
    claim(Navigateur(deposit))

    assert kept["gele"] and len(told) == 1 and len(reached) == 1
    assert held, "no day without a document while it is frozen"
    assert "Ce compte est gelé" in shut.text
    assert (by_program.status_code, by_program.json["code"]) == (403, "COMPTE_GELE")
    assert by_guess.status == 422 and "n’est pas le bon" in by_guess.text
    assert "Votre compte est de nouveau ouvert" in by_code.text
    assert Navigateur(deposit).sign_in(person.identifiant).title == "Mon espace", "and no bare word shuts her out again"


def chosen_before(person: Personne, days: int) -> None:
    """Her sheet of codes is that old."""
    day = (clock.today() - timedelta(days=days)).isoformat()
    mongo.database("deposit")["usagers"].update_one({"_id": person.usager_id}, {"$set": {"codes_date": day}})


def test_a_sheet_that_the_usurper_took_shortly_before_the_claim_opens_nothing(deposit: Deposit) -> None:
    usurper = a_person(deposit, **BASE, courriel=USURPEE, prefecture="75")
    codes = preuve.give_codes(usurper.usager_id, Who(kind=USAGER, id=usurper.usager_id), request_id=clock.new_id())
    chosen_before(usurper, 29)
    claim(Navigateur(deposit))
    browser = Navigateur(deposit)
    page = browser.read("/deposit/compte/rouvrir")

    typed = {"identifiant": usurper.identifiant, "password": MOT_DE_PASSE, "code": codes[0]}
    answer = browser.send(page, "/compte/rouvrir", **typed)

    assert "plus de 30 jours avant" in page.text
    assert (answer.status, "trop peu de temps avant" in answer.text) == (403, True)
    assert stored(usurper.usager_id)["gele"] and len(stored(usurper.usager_id)["codes_papier"]) == len(codes)


def test_what_an_agent_froze_is_opened_by_an_agent_alone(deposit: Deposit) -> None:
    person = a_person(deposit, **BASE, prefecture="75")
    codes = preuve.give_codes(person.usager_id, Who(kind=USAGER, id=person.usager_id), request_id=clock.new_id())
    usurpation.freeze(person.usager_id, by="agent:a", request_id=clock.new_id())
    browser = Navigateur(deposit)
    typed = {"identifiant": person.identifiant, "password": MOT_DE_PASSE, "code": codes[0]}

    answer = browser.send(browser.read("/deposit/compte/rouvrir"), "/compte/rouvrir", **typed)

    assert "Ce compte est gelé" in answer.text and stored(person.usager_id)["gele"]
