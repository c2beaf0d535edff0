"""The second factor: off until chosen, for who has no smartphone too, and a loss never locks anybody out."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest

from chassis import clock, mongo
from dev.browser import Page
from sejour.contact.v1 import contact_pb2
from services.deposit.compte.actions import recuperation
from services.deposit.compte.pages.facteur import CHOIX
from tests.deposit.conftest import MOT_DE_PASSE, Deposit, Personne, a_person, codes_of
from tests.deposit.desk import an_agent
from tests.deposit.messages import secret_of
from tests.deposit.navigateur import Navigateur, person_named, usager


def chosen(deposit: Deposit, choix: str, **account: Any) -> tuple[str, list[str]]:
    """A person who has chosen this factor by the pages; her identifier, and what she keeps (codes, or the key)."""
    browser, identifiant = person_named(deposit, **account)
    page = browser.send(
        browser.read(f"/deposit/compte/second-facteur/{choix}"), f"{choix}/commencer", preuve=MOT_DE_PASSE
    )
    kept = [strong.get_text() for strong in page.html.select("strong.reference")]
    first = {"papier": lambda: kept.pop(0), "application": lambda: totp(kept[0]), "message": lambda: sent(identifiant)}
    done = browser.send(page, f"second-facteur/{choix}", code=first[choix]())
    assert done.title == "Comment je me connecte", done.text
    return identifiant, kept


def totp(key: str) -> str:
    """The code of now."""
    return pyotp.TOTP(key).at(clock.now())


def sent(identifiant: str) -> str:
    """The code of the last message asked of notify."""
    asked_for = [entry["prive"] for entry in usager(identifiant)["outbox"] if entry.get("prive", {}).get("modele")]
    last = [prive for prive in asked_for if prive["modele"] == "code_connexion"][-1]
    return secret_of(last, "code")


def asked(deposit: Deposit, identifiant: str) -> tuple[Navigateur, Page]:
    """A right password: what is shown then."""
    browser = Navigateur(deposit)
    return browser, browser.sign_in(identifiant)


def test_nobody_is_asked_for_a_code_who_did_not_choose_one(deposit: Deposit) -> None:
    _browser, identifiant = person_named(deposit)

    assert asked(deposit, identifiant)[1].title == "Mon espace"


def test_a_sheet_of_codes_serves_without_any_telephone_and_each_code_once(deposit: Deposit) -> None:
    identifiant, codes = chosen(deposit, "papier")

    browser, page = asked(deposit, identifiant)
    before = browser.read("/deposit/espace").title
    wrong = browser.send(page, "/connexion/code", code="2222-2222")
    right = browser.send(wrong, "/connexion/code", code=codes[0].lower())
    other, page = asked(deposit, identifiant)
    again = other.send(page, "/connexion/code", code=codes[0])

    assert len(codes) == 19
    assert (page.title, before, wrong.status, right.title) == ("Votre code", "Me connecter", 401, "Mon espace")
    assert again.status == 401


def test_an_application_gives_the_code_and_the_same_code_does_not_serve_twice(deposit: Deposit) -> None:
    identifiant, kept = chosen(deposit, "application")
    mongo.database("deposit")["usagers"].update_one({"identifiant": identifiant}, {"$set": {"facteur_pas": 0}})
    code = totp(kept[0])

    browser, page = asked(deposit, identifiant)
    first = browser.send(page, "/connexion/code", code=code)
    other, page = asked(deposit, identifiant)
    twice = other.send(page, "/connexion/code", code=code)

    assert (first.title, twice.status) == ("Mon espace", 401)
    assert kept[0].encode() not in usager(identifiant)["facteur_graine"]


def test_a_code_by_message_serves_once_and_the_one_before_no_more(deposit: Deposit) -> None:
    identifiant, _kept = chosen(deposit, "message", courriel="code@exemple.test")

    browser, page = asked(deposit, identifiant)
    first = sent(identifiant)
    page = browser.send(page, "/code/renvoyer")
    second = sent(identifiant)
    old = browser.send(page, "/connexion/code", code=first)
    new = browser.send(page, "/connexion/code", code=second)

    assert first != second
    assert (old.status, new.title) == (401, "Mon espace")


def test_a_protected_person_is_offered_no_code_by_message_and_loses_none(deposit: Deposit) -> None:
    identifiant, _kept = chosen(deposit, "message", courriel="protegee@exemple.test", prefecture="75")
    desk = deposit.agent("superviseur", agent_id="agent-protege")

    done = deposit.call("POST", f"/usagers/{usager(identifiant)['_id']}:proteger", desk, json={"protege": True})
    browser, page = asked(deposit, identifiant)

    assert done.status_code == 200
    assert page.title == "Mon espace"
    assert "Un code par message" not in browser.read("/deposit/compte/connexions").text


def test_a_lost_factor_is_recorded_and_a_desk_takes_it_away_the_same_day(deposit: Deposit) -> None:
    identifiant, _codes = chosen(deposit, "papier", telephone="+33639980011", prefecture="75")
    usager_id = usager(identifiant)["_id"]
    browser, page = asked(deposit, identifiant)

    stuck = browser.send(page, "/code/blocage")
    desk = an_agent(deposit, "superviseur", agent_id="agent-perte")
    path = f"/agents/personnes/{usager_id}/actes/retirer-second-facteur"
    unchecked = desk.confirm(path)[1]
    desk.post(f"/agents/personnes/{usager_id}/identite", papier="PASSEPORT", nom="EXEMPLE", naissance="17/05/1990")
    preview, done = desk.confirm(path)
    entered = asked(deposit, identifiant)[1]

    assert stuck.reference.startswith("B-")
    assert (unchecked.status_code, done.status_code) == (403, 303)
    assert "seconde vérification" in preview.text
    assert entered.title == "Mon espace"
    facts = [entry for entry in usager(identifiant)["outbox"] if entry.get("by") == "agent:agent-perte"]
    assert facts


def test_tries_are_counted(deposit: Deposit) -> None:
    identifiant, codes = chosen(deposit, "papier")
    browser, page = asked(deposit, identifiant)

    for _ in range(10):
        page = browser.send(page, "/connexion/code", code="2222-2222")
    late = browser.send(page, "/connexion/code", code=codes[0])

    assert late.status == 401
    assert "Mon espace" not in late.title


def test_the_api_asks_for_the_code_too(deposit: Deposit) -> None:
    identifiant, codes = chosen(deposit, "papier")

    def token(**more: str) -> Any:
        body = {"identifiant": identifiant, "password": MOT_DE_PASSE, **more}
        return deposit.call("POST", "/comptes:connexion", json=body)

    assert (token().status_code, token().json["code"]) == (401, "CODE_ATTENDU")
    assert token(code="2222-2222").json["code"] == "CODE_DE_CONNEXION_REFUSE"
    assert token(code=codes[0]).status_code == 201
    assert token(code=codes[0]).status_code == 401


def test_whoever_sits_at_her_open_session_gets_no_factor_and_no_sheet_of_codes(deposit: Deposit) -> None:
    browser, identifiant = person_named(deposit, courriel="ouverte@exemple.test")
    sheet = browser.ask_sheet()
    before = usager(identifiant)
    pages = {choix: browser.read(f"/deposit/compte/second-facteur/{choix}") for choix in CHOIX}

    stolen = [browser.send(page, f"{choix}/commencer", preuve="pas le sien") for choix, page in pages.items()]
    skipped = [browser.send(page, f"{choix}/commencer", preuve="") for choix, page in pages.items()]
    taken = browser.ask_sheet("pas le sien")
    after = usager(identifiant)

    assert {page.status for page in (*stolen, *skipped)} == {422}
    assert all("que c’est bien vous" in page.text and not page.html.select("strong.reference") for page in stolen)
    assert len(sheet) == 6 and taken == []
    assert {name: after[name] for name in before} == before, "no key, no sheet, no code by message"
    started = browser.send(pages["application"], "application/commencer", preuve=sheet[0])
    assert started.html.select("strong.reference"), "a code of the sheet that she has is a proof too"


def test_a_factor_is_given_up_by_who_is_signed_in(deposit: Deposit) -> None:
    identifiant, codes = chosen(deposit, "papier")
    browser, page = asked(deposit, identifiant)
    browser.send(page, "/connexion/code", code=codes[0])

    ways = browser.read("/deposit/compte/connexions")
    refused = browser.send(ways, "/second-facteur/retirer", preuve=MOT_DE_PASSE)
    done = browser.send(ways, "/second-facteur/retirer", preuve=codes[1])

    assert refused.status == 422 and "un de vos codes" in refused.text
    assert "est retirée" in done.text
    assert asked(deposit, identifiant)[1].title == "Mon espace"


def recovered(deposit: Deposit, person: Personne) -> str:
    """A token of whoever reads the mailbox: password changed by a link."""
    link = recuperation.send(person.usager_id, request_id=clock.new_id())
    browser = Navigateur(deposit)
    browser.send(browser.read(f"/deposit/recuperation/{link}"), f"/recuperation/{link}", password="celui du voleur")
    body = {"identifiant": person.identifiant, "password": "celui du voleur"}
    return str(deposit.call("POST", "/comptes:connexion", json=body).json["jeton"])


@pytest.mark.clause("DEP-08/a")
def test_by_the_api_too_the_mailbox_alone_reads_nothing_and_a_new_demande_is_still_filed(deposit: Deposit) -> None:
    person = a_person(deposit, courriel="lue@exemple.test", adresse=["9 rue Cachee"])
    draft = person.begin(titre_code="visiteur")
    filed = person.file(titre_code="etudiant")
    piece = filed["pieces"][0]["piece_id"]
    given = person.call("POST", "/moi:prouver", json={"code": "2222-2222"})
    token = recovered(deposit, person)

    read = [
        "/moi",
        "/demandes",
        f"/demandes/{draft['demande_id']}",
        f"/demandes/{filed['demande_id']}",
        f"/demandes/{filed['demande_id']}/historique",
        f"/documents/{filed['documents'][0]['numero']}.pdf",
    ]
    answers = [deposit.call("GET", path, token) for path in read]
    written = deposit.call("DELETE", f"/demandes/{draft['demande_id']}/pieces/{piece}", token)
    moved = deposit.call("POST", "/moi:contacts", token, json={"telephone": "+33600000000"})
    thief = Personne(deposit, person.usager_id, person.identifiant, token)
    own = thief.begin(titre_code="visiteur")

    assert given.status_code == 422
    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(403, "PREUVE_DEMANDEE")}
    assert not any("Cachee" in answer.text for answer in answers)
    assert (written.status_code, moved.status_code) == (403, 403)
    assert deposit.call("GET", f"/demandes/{own['demande_id']}", token).status_code == 200
    assert person.call("GET", "/moi").status_code == 401


def test_a_code_of_the_sheet_opens_the_api_again(deposit: Deposit) -> None:
    person = a_person(deposit)
    browser = Navigateur(deposit)
    browser.sign_in(person.identifiant)
    codes = browser.ask_sheet()
    token = recovered(deposit, person)

    before = deposit.call("GET", "/moi", token).status_code
    proved = deposit.call("POST", "/moi:prouver", token, json={"code": codes[0]}).status_code

    assert (before, proved, deposit.call("GET", "/moi", token).status_code) == (403, 200, 200)


def test_a_victim_protects_herself_in_her_demarche_before_anything_is_sent_and_names_a_safe_way(
    deposit: Deposit,
) -> None:
    browser, identifiant = person_named(
        deposit, courriel="lue-a-deux@exemple.test", telephone="0639980808", prefecture="75"
    )
    sent = {"compte_ouvert", "moyen_a_confirmer"}
    first = browser.read("/deposit/commencer/victime-de-violences-conjugales")
    offered = first.links("/deposit/compte/proteger")
    usual = browser.read("/deposit/commencer/etudiant")
    page = browser.read(str(offered[0]))
    back = browser.send(page, "/compte/proteger", canaux=["SMS"])
    told = contact_pb2.Contact.FromString(
        next(e["payload"] for e in reversed(usager(identifiant)["outbox"]) if e["kind"] == "contact")
    )

    assert offered and not usual.links("/deposit/compte/proteger")
    assert {e["prive"]["modele"] for e in usager(identifiant)["outbox"] if "modele" in e.get("prive", {})} == sent
    assert back.path == "/deposit/commencer/victime-de-violences-conjugales"
    assert not back.links("/deposit/compte/proteger")
    assert told.protege and list(told.canaux_confirmes) == [contact_pb2.CANAL_SMS]

    # Whoever sits at her open session does not give himself a way.
    again = browser.read("/deposit/compte/proteger")
    stolen = browser.send(again, "/compte/proteger", canaux=["COURRIEL"], preuve="pas son mot de passe")
    hers = browser.send(again, "/compte/proteger", canaux=["SMS", "APPEL"], preuve=MOT_DE_PASSE)
    assert (stolen.status, hers.status) == (422, 200)
    assert usager(identifiant)["canaux_confirmes"] == [contact_pb2.CANAL_SMS, contact_pb2.CANAL_APPEL]

    # Another number is not safe because the one before was: she says so of it, on a proof.
    browser.send(browser.read("/deposit/compte/changement"), "/compte/changement", telephone="0639980809")
    waits = list(usager(identifiant)["canaux_confirmes"])
    code = codes_of(deposit, usager(identifiant)["_id"])["SMS"]
    asked_again = browser.send(browser.read("/deposit/compte/confirmer"), "/compte/confirmer", voie="SMS", code=code)
    moved = usager(identifiant)
    assert (waits, moved["canaux_confirmes"]) == ([contact_pb2.CANAL_SMS, contact_pb2.CANAL_APPEL], [])
    assert moved["telephone"] == "+33639980809" and "sans danger" in asked_again.text
    browser.send(asked_again, "/compte/proteger", canaux=["SMS", "APPEL"], preuve=MOT_DE_PASSE)
    changed = browser.send(browser.read("/deposit/compte/changement"), "/compte/changement", telephone="0142000000")
    assert usager(identifiant)["canaux_confirmes"] == [] and "rien ne part là" in changed.text
