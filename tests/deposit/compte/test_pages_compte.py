"""The account by its pages: no path ends in a message alone."""

from __future__ import annotations

import json
import unicodedata

import pytest

from chassis import mongo
from sejour.contact.v1 import contact_pb2
from sejour.deposit.v1 import events_pb2
from services.deposit.compte.actions import recuperation
from tests.deposit.conftest import Deposit
from tests.deposit.navigateur import Navigateur, person_named, usager


@pytest.mark.clause("DEP-02/a", "DEP-09/a")
def test_an_account_without_number_and_e_mail_opens_and_signs_in_by_its_identifier(deposit: Deposit) -> None:
    _first, identifiant = person_named(deposit)

    elsewhere = Navigateur(deposit)
    page = elsewhere.sign_in(identifiant)

    assert identifiant.startswith("S-")
    assert (page.status, page.title) == (200, "Mon espace")


@pytest.mark.clause("DEP-03/a", "DEP-03/b", "DEP-03/d")
def test_an_account_that_exists_already_leaves_a_reference_and_four_ways_out_on_that_very_page(
    deposit: Deposit,
) -> None:
    person_named(deposit, numero_etranger="7512345678")

    page = Navigateur(deposit).open_account(numero_etranger="7512345678", prefecture="75")

    assert page.status == 409
    assert page.reference.startswith("B-")
    assert page.links("/deposit/recuperation")
    assert "change l’adresse" in page.text
    assert page.links(f"/ccc/?blocage={page.reference}")
    assert page.links(f"/pan/?blocage={page.reference}")
    assert page.links("/substitution/prefectures/75")
    assert page.links("/substitution/")
    assert mongo.database("deposit")["blocages"].find_one({"reference": page.reference})


def test_what_is_missing_is_told_beside_its_field_and_nothing_typed_is_lost(deposit: Deposit) -> None:
    page = Navigateur(deposit).open_account(nom="", prenoms="Awa")

    assert page.status == 422
    assert page.html.find("a", href="#f-nom")
    assert page.html.find("input", id="f-prenoms")["value"] == "Awa"  # type: ignore[index]


@pytest.mark.parametrize(("field", "typed"), [("telephone", "06 12 34 56"), ("courriel", "awa@x.fr, b@y.fr")])
def test_a_way_that_nobody_can_use_is_told_beside_its_field_and_comes_back(
    deposit: Deposit, field: str, typed: str
) -> None:
    before = mongo.database("deposit")["blocages"].count_documents({})
    page = Navigateur(deposit).open_account(**{field: typed})

    assert page.status == 422
    assert page.html.find("a", href=f"#f-{field}")
    assert page.html.find("input", id=f"f-{field}")["value"] == typed  # type: ignore[index]
    assert mongo.database("deposit")["blocages"].count_documents({}) == before


def test_a_way_is_kept_and_told_to_notify_as_a_carrier_uses_it(deposit: Deposit) -> None:
    _browser, identifiant = person_named(
        deposit, telephone="87 12 34 56", courriel="Mareva@Exämple.fr", prefecture="987"
    )

    found = usager(identifiant)
    assert (found["telephone"], found["courriel"]) == ("+68987123456", "mareva@exämple.fr")
    told = [contact_pb2.Contact.FromString(e["payload"]) for e in found["outbox"] if e["kind"] == "contact"]
    assert {contact.telephone for contact in told} == {"", "+68987123456"}
    hers = [contact for contact in told if contact.contact_id == found["_id"]]
    assert (hers[0].telephone, hers[-1].telephone) == ("", "+68987123456"), "once she has confirmed it"
    assert Navigateur(deposit).sign_in("mareva@XN--EXMPLE-CUA.fr").status == 200


def test_who_was_born_on_an_unknown_day_opens_an_account_as_her_papers_say(deposit: Deposit) -> None:
    unknown = {"naissance_date-jour": "00", "naissance_date-mois": "00", "naissance_date-annee": "1980"}
    empty = Navigateur(deposit).open_account(**{**unknown, "naissance_date-jour": ""})
    _browser, identifiant = person_named(deposit, **unknown)

    assert empty.status == 422 and empty.html.find("a", href="#f-naissance_date")
    assert "écrivez 00" in empty.text
    assert (usager(identifiant)["naissance_date"], usager(identifiant)["cle_identite"]) == (
        "1980-00-00",
        "EXEMPLE:1980-01-01",
    )


@pytest.mark.parametrize("year", ["90", "1066", "0027", "3026"])
def test_a_year_that_nobody_is_born_in_is_asked_again_and_what_was_typed_stays(deposit: Deposit, year: str) -> None:
    page = Navigateur(deposit).open_account(nom="Diallo", **{"naissance_date-annee": year})

    assert page.status == 422 and "quatre chiffres de l’année" in page.text
    assert {str(box.get("value")) for box in page.html.find_all("input")} >= {"Diallo", "17", "5", year}


def test_another_keyboard_is_the_same_person(deposit: Deposit) -> None:
    """Digits of another script, no-break spaces and accents in two pieces open one account and its door."""
    typed = {"nom": "Le\u0301ve\u0302que", "numero_etranger": "٩٩\u00a0٠١ ٢٣\u202f٤٥.٦٠", "password": "été-à-Nîmes"}
    born = {"naissance_date-jour": "٠٥", "naissance_date-mois": "٠١", "naissance_date-annee": "١٩٩٠"}

    opened = Navigateur(deposit).open_account(**typed, **born)
    again = Navigateur(deposit).open_account(nom="Autre", numero_etranger="99-01-23-45-60")
    entered = Navigateur(deposit).sign_in("99\u00a001 23 45 60", unicodedata.normalize("NFD", "été-à-Nîmes"))
    short = Navigateur(deposit).open_account(numero_etranger="99")

    assert (opened.title, entered.title) == ("Votre compte est ouvert", "Mon espace")
    assert again.status == 409
    assert short.status == 422 and "dix chiffres" in short.text
    kept = mongo.database("deposit")["usagers"].find_one({"numero_etranger": "9901234560"}) or {}
    assert (kept["nom"], kept["naissance_date"]) == ("Lévêque", "1990-01-05")


def test_who_is_stuck_without_account_is_told_her_reference_by_each_way_in_the_box(deposit: Deposit) -> None:
    page = "/deposit/je-n-y-arrive-pas"
    box = "3 rue du Port, 93200 Saint-Denis, amina@exemple.fr"
    browser = Navigateur(deposit)

    done = browser.send(browser.read(page), page, essai="Mon numéro est refusé.", prefecture="93", contact=box)

    blocage = mongo.database("deposit")["blocages"].find_one({"reference": done.reference})
    contact = next(contact_pb2.Contact.FromString(e["payload"]) for e in blocage["outbox"] if e["kind"] == "contact")
    assert (contact.courriel, list(contact.adresse)) == ("amina@exemple.fr", ["3 rue du Port", "93200 Saint-Denis"])
    told = next(e["prive"] for e in blocage["outbox"] if e.get("subject") == "deposit.message.demande")
    champs = json.loads(told["contenu"])["champs"]
    assert champs["reference"] == done.reference and champs["voies"]

    at_home, _identifiant = person_named(deposit, prefecture="75")
    hers = at_home.send(at_home.read(page), page, essai="La page tourne et rien ne part.")
    assert "Préfecture d'exemple de Paris" in hers.text, "the counter of the département that her account has"


def test_a_recovery_says_the_same_whether_the_account_exists_and_its_link_serves_once(deposit: Deposit) -> None:
    _browser, identifiant = person_named(deposit, courriel="awa@exemple.test")
    browser = Navigateur(deposit)

    known = browser.send(browser.read("/deposit/recuperation"), "/recuperation", identifiant="awa@exemple.test")
    unknown = browser.send(browser.read("/deposit/recuperation"), "/recuperation", identifiant="personne@exemple.test")
    sent = mongo.database("deposit")["recuperations"].count_documents({})
    token = recuperation.send(usager(identifiant)["_id"], request_id="lien")
    done = browser.send(
        browser.read(f"/deposit/recuperation/{token}"), f"/recuperation/{token}", password="une autre phrase longue"
    )
    again = browser.send(
        browser.read(f"/deposit/recuperation/{token}"), f"/recuperation/{token}", password="une autre phrase longue"
    )

    assert known.text == unknown.text
    assert sent == 1
    assert done.title == "Me connecter"
    facts = [entry for entry in usager(identifiant)["outbox"] if entry["subject"] == "deposit.compte.modifie"]
    assert events_pb2.CompteModifie.FromString(facts[-1]["payload"]).objet == "MOT_DE_PASSE"
    assert browser.sign_in(identifiant, "une autre phrase longue").status == 200
    assert again.status == 422
    assert again.reference.startswith("B-")


def test_a_wrong_password_is_refused_alike_for_known_and_unknown_and_can_be_recorded(deposit: Deposit) -> None:
    _browser, identifiant = person_named(deposit)
    browser = Navigateur(deposit)

    known, unknown = browser.sign_in(identifiant, "faux"), browser.sign_in("S-2222-2222", "faux")
    stuck = browser.send(known, "/connexion/blocage")

    assert known.status == unknown.status == 401
    assert known.html.find(class_="errors").get_text() == unknown.html.find(class_="errors").get_text()  # type: ignore[union-attr]
    assert stuck.reference.startswith("B-")


def test_a_sign_in_never_leads_to_another_site(deposit: Deposit) -> None:
    _browser, identifiant = person_named(deposit)
    browser = Navigateur(deposit)

    page = browser.read("/deposit/connexion?suite=//voleur.example/deposit/")
    landed = browser.send(page, "/connexion", identifiant=identifiant, password="une phrase longue et simple")

    assert landed.path == "/deposit/espace"


@pytest.mark.clause("DEP-16/a", "DEP-16/d")
def test_a_change_of_address_during_instruction_joins_every_open_demande(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    first, _page = browser.file("etudiant")
    second, _page = browser.file("visiteur")

    page = browser.send(
        browser.read("/deposit/compte/changement"), "/compte/changement", adresse="1 rue d’Exemple\n75001 Paris"
    )

    histories = [browser.read(f"/deposit/demandes/{demande_id}/historique").text for demande_id in (first, second)]
    assert "1 rue d’Exemple, 75001 Paris" in page.text
    assert all("1 rue d’Exemple" in history for history in histories)


def test_signing_out_closes_the_space(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)

    browser.send(browser.read("/deposit/espace"), "/deconnexion")

    assert browser.read("/deposit/espace").title == "Me connecter"


@pytest.mark.clause("DEP-08/a", "DEP-08/b")
def test_who_holds_only_the_mailbox_reads_no_draft_and_no_piece_and_a_code_on_paper_opens_them(
    deposit: Deposit,
) -> None:
    browser, identifiant = person_named(deposit, courriel="lue-par-un-autre@exemple.test")
    codes = browser.ask_sheet()
    draft = browser.begin("visiteur")
    browser.send(
        browser.read(f"/deposit/demandes/{draft}/questions/adresse"), "/questions/adresse", reponse="adresse cachée"
    )
    token = recuperation.send(usager(identifiant)["_id"], request_id="boite")

    thief = Navigateur(deposit)
    thief.send(
        thief.read(f"/deposit/recuperation/{token}"), f"/recuperation/{token}", password="le mot de passe du voleur"
    )
    thief.sign_in(identifiant, "le mot de passe du voleur")
    paths = (
        "espace",
        "compte",
        "documents",
        f"demandes/{draft}",
        f"demandes/{draft}/preparer",
        f"demandes/{draft}/pieces",
    )
    seen = {path: thief.read(f"/deposit/{path}") for path in paths}
    wrong = thief.send(seen["espace"], "/preuve", code="2222-2222")
    right = thief.send(seen["espace"], "/preuve", code=codes[0].lower())
    again = thief.read(f"/deposit/demandes/{draft}/preparer")

    assert len(codes) == 6
    assert {page.title for page in seen.values()} == {"Une preuve de plus"}
    assert not any("adresse cachée" in page.text for page in seen.values())
    assert wrong.status == 422
    assert right.title == "Mon espace"
    assert "adresse cachée" in again.text


def test_without_a_code_a_new_demande_is_filed_all_the_same_and_the_lack_is_recorded(deposit: Deposit) -> None:
    _browser, identifiant = person_named(deposit)
    token = recuperation.send(usager(identifiant)["_id"], request_id="sans-code")
    browser = Navigateur(deposit)
    browser.send(
        browser.read(f"/deposit/recuperation/{token}"), f"/recuperation/{token}", password="une autre phrase longue"
    )
    browser.sign_in(identifiant, "une autre phrase longue")

    stuck = browser.send(browser.read("/deposit/preuve"), "/preuve/blocage")
    _demande_id, filed = browser.file("visiteur")

    assert stuck.reference.startswith("B-")
    assert filed.title == "Votre demande est déposée"
