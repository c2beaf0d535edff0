"""FranceConnect beside the password, with a real provider on a port of its own: it opens, never takes, never locks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from chassis import mongo
from chassis.settings import BadSettings
from dev.franceconnect import CLIENT_ID, Fournisseur
from services.deposit.compte.actions import identites, recuperation
from services.deposit.compte.pages.fournisseur import Reglage
from services.deposit.web import create_app
from tests.deposit.conftest import MOT_DE_PASSE, Deposit, a_person
from tests.deposit.navigateur import Navigateur, person_named, usager

SECRET = "un-secret-d-essai-de-trente-deux-octets"
MEI = {"nom": "Exemple", "prenoms": "Mei", "naissance_date": "1995-03-12"}
RETOUR = "http://localhost/deposit/franceconnect/retour"


@pytest.fixture
def fournisseur() -> Iterator[Fournisseur]:
    """The provider, started anew: nobody is signed in there."""
    provider = Fournisseur(SECRET, RETOUR, "http://localhost/deposit/").start()
    yield provider
    provider.stop()


@pytest.fixture
def online(deposit: Deposit, fournisseur: Fournisseur, monkeypatch: pytest.MonkeyPatch) -> Deposit:
    """deposit as an operator who set the provider runs it; each test starts without accounts linked to it."""
    monkeypatch.setenv("USAGERS_OIDC_ISSUER", fournisseur.issuer)
    monkeypatch.setenv("USAGERS_OIDC_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("USAGERS_OIDC_CLIENT_SECRET", SECRET)
    mongo.database("deposit")["usagers"].update_many({"sub_oidc": {"$gt": ""}}, {"$unset": {"sub_oidc": 1}})
    return replace(deposit, client=create_app(deposit.settings).test_client())


def go(browser: Navigateur, sub: str = "fc-mei", ask: str = "") -> TestResponse:
    """Leaves by the button, says who one is at the provider, comes back with the code."""
    left = browser.client.get(f"/deposit/franceconnect/partir{ask}")
    assert left.status_code == 302, left.text[:500]
    chosen = requests.post(left.headers["Location"], data={"sub": sub}, allow_redirects=False, timeout=5)
    back = urlsplit(chosen.headers["Location"])
    return browser.client.get(f"{back.path}?{back.query}")


def linked(online: Deposit) -> tuple[Navigateur, str]:
    """A person with a password who has linked her account."""
    person = a_person(online, **MEI)
    browser = Navigateur(online)
    browser.sign_in(person.identifiant)
    assert go(browser, ask="?lier=1").headers["Location"] == "/deposit/compte/connexions"
    return browser, person.identifiant


def test_without_a_provider_there_is_no_button_and_no_route(deposit: Deposit) -> None:
    browser = Navigateur(deposit)

    assert not browser.read("/deposit/connexion").links("franceconnect")
    assert browser.read("/deposit/franceconnect/partir").status == 404


def test_half_a_setting_or_plain_http_in_production_stops_the_start(deposit: Deposit) -> None:
    whole = {
        "USAGERS_OIDC_ISSUER": "http://fournisseur.example",
        "USAGERS_OIDC_CLIENT_ID": "a",
        "USAGERS_OIDC_CLIENT_SECRET": "b",
    }

    with pytest.raises(BadSettings, match="CLIENT_SECRET is missing"):
        Reglage.from_env(deposit.settings, {**whole, "USAGERS_OIDC_CLIENT_SECRET": ""})
    with pytest.raises(BadSettings, match="https"):
        Reglage.from_env(replace(deposit.settings, env="production"), whole)
    assert Reglage.from_env(deposit.settings, whole) is not None
    assert Reglage.from_env(deposit.settings, {}) is None


def test_what_leaves_for_the_provider_is_a_code_flow_with_state_nonce_and_proof_key(online: Deposit) -> None:
    left = Navigateur(online).client.get("/deposit/franceconnect/partir")

    asked = {name: values[0] for name, values in parse_qs(urlsplit(left.headers["Location"]).query).items()}
    assert (asked["response_type"], asked["code_challenge_method"], asked["acr_values"]) == ("code", "S256", "eidas1")
    assert asked["state"]
    assert asked["nonce"]
    assert SECRET not in left.headers["Location"]


def test_a_holder_signed_in_links_her_account_and_comes_in_by_either_way(online: Deposit) -> None:
    _browser, identifiant = linked(online)

    by_provider, by_password = Navigateur(online), Navigateur(online)
    entered = go(by_provider)

    assert entered.headers["Location"] == "/deposit/espace"
    assert by_provider.read("/deposit/espace").title == "Mon espace"
    assert by_password.sign_in(identifiant).title == "Mon espace"


@pytest.mark.parametrize("account", [{"courriel": "mei@exemple.test"}, {"numero_etranger": "7598765432"}])
def test_an_account_is_never_taken_by_an_e_mail_or_a_name(online: Deposit, account: dict[str, Any]) -> None:
    accounts = mongo.database("deposit")["usagers"]
    accounts.delete_many({"courriel": "mei@exemple.test"})
    accounts.delete_many({"numero_etranger": "7598765432"})
    holder = a_person(online, **MEI, **account)
    browser = Navigateur(online)

    landed = go(browser)
    page = browser.read(landed.headers["Location"])
    taken = browser.send(page, "/franceconnect/nouveau", courriel="mei@exemple.test", numero_etranger="7598765432")

    assert page.title == "Première connexion par FranceConnect"
    assert page.links("/deposit/connexion")
    assert page.links("/deposit/usurpation")
    if "numero_etranger" in account:
        assert taken.status == 409 and taken.reference.startswith("B-")
        assert browser.read("/deposit/espace").title == "Me connecter"
    else:
        own = usager(taken.html.find("strong", class_="reference").get_text())  # type: ignore[union-attr]
        assert own["_id"] != holder.usager_id and "courriel" not in own, "an account apart, without the e-mail"
        accounts.delete_one({"_id": own["_id"]})


def test_another_persons_identity_is_not_linked(online: Deposit) -> None:
    person = a_person(online, nom="Autre", naissance_date="1995-03-12")
    browser = Navigateur(online)
    browser.sign_in(person.identifiant)

    go(browser, ask="?lier=1")

    assert "rien n’est relié" in browser.read("/deposit/compte/connexions").text
    assert not usager(person.identifiant).get("sub_oidc")


def test_an_identity_already_linked_opens_no_second_account(online: Deposit) -> None:
    linked(online)
    twin = a_person(online, **MEI)
    browser = Navigateur(online)
    browser.sign_in(twin.identifiant)

    go(browser, ask="?lier=1")

    assert "déjà reliée à un autre compte" in browser.read("/deposit/compte/connexions").text


def test_who_has_no_account_opens_one_with_the_identity_vouched_for_and_without_password(online: Deposit) -> None:
    browser = Navigateur(online)
    page = browser.read(go(browser, "fc-nour").headers["Location"])

    opened = browser.send(page, "/franceconnect/nouveau", prefecture="93")
    kept = mongo.database("deposit")["usagers"].find_one({"cle_identite": "MODELE:1979-01-01"}) or {}
    again = Navigateur(online)
    entered = go(again, "fc-nour")

    assert opened.title == "Votre compte est ouvert"
    assert (kept["prenoms"], kept["password_hash"], kept.get("courriel")) == ("Nour Salma", "", None)
    # Vouched for as nobody wrote it down, and kept so.
    assert kept["naissance_date"] == "1979-00-00"
    assert entered.headers["Location"] == "/deposit/espace"
    mongo.database("deposit")["usagers"].delete_one({"_id": kept["_id"]})


@pytest.mark.parametrize(
    "lie",
    [
        {"algorithm": "HS256"},
        {"alter": {"nonce": "autre"}},
        {"alter": {"iss": "https://autre.example"}},
        {"alter": {"aud": "autre"}},
        {"alter": {"exp": 1}},
        {"alter": {"acr": "aucun"}},
        {"userinfo_sub": "fc-rahim"},
        {"client_secret": "un autre secret d’essai de longueur utile"},
    ],
    ids=["symmetric", "nonce", "issuer", "audience", "expired", "assurance", "userinfo of another", "secret"],
)
def test_a_provider_that_lies_opens_nothing_and_the_password_still_does(
    online: Deposit, fournisseur: Fournisseur, lie: dict[str, Any]
) -> None:
    _browser, identifiant = linked(online)
    for name, value in lie.items():
        setattr(fournisseur, name, value)
    browser = Navigateur(online)

    answer = go(browser)

    assert answer.status_code == 503
    assert "marchent toujours" in answer.text
    assert browser.read("/deposit/espace").title == "Me connecter"
    assert browser.sign_in(identifiant).title == "Mon espace"


def test_a_code_of_another_browser_opens_nothing(online: Deposit) -> None:
    linked(online)
    victim, thief = Navigateur(online), Navigateur(online)
    left = thief.client.get("/deposit/franceconnect/partir")
    chosen = requests.post(left.headers["Location"], data={"sub": "fc-mei"}, allow_redirects=False, timeout=5)
    back = urlsplit(chosen.headers["Location"])

    stolen = victim.client.get(f"{back.path}?{back.query}")

    assert stolen.status_code == 503
    assert victim.read("/deposit/espace").title == "Me connecter"


def test_a_provider_that_is_down_locks_nobody_out(online: Deposit, fournisseur: Fournisseur) -> None:
    browser = Navigateur(online)
    page = browser.read(go(browser, "fc-nour").headers["Location"])
    opened = browser.send(page, "/franceconnect/nouveau", courriel="nour@exemple.test")
    identifiant = opened.html.find("strong", class_="reference").get_text()  # type: ignore[union-attr]
    down = replace(online, client=create_app(online.settings).test_client())
    fournisseur.stop()

    answer = Navigateur(down).client.get("/deposit/franceconnect/partir")
    token = recuperation.send(usager(identifiant)["_id"], request_id="panne-du-fournisseur")
    other = Navigateur(down)
    other.send(other.read(f"/deposit/recuperation/{token}"), f"/recuperation/{token}", password=MOT_DE_PASSE)

    assert answer.status_code == 503
    assert "/deposit/recuperation" in answer.text
    assert other.sign_in(identifiant).status == 200
    mongo.database("deposit")["usagers"].delete_one({"identifiant": identifiant})


def test_a_frozen_account_does_not_open_by_the_provider_either(online: Deposit) -> None:
    _browser, identifiant = linked(online)
    mongo.database("deposit")["usagers"].update_one({"identifiant": identifiant}, {"$set": {"gele": True}})

    answer = go(Navigateur(online))

    assert answer.status_code == 403
    assert "Ce compte est gelé" in answer.text


def test_the_provider_opens_again_what_a_bare_word_had_frozen(online: Deposit) -> None:
    _browser, identifiant = linked(online)
    born = {"naissance_date-jour": "12", "naissance_date-mois": "3", "naissance_date-annee": "1995"}
    claimer = Navigateur(online)
    said = {"identifiant": identifiant, "nom": MEI["nom"], "contact": "06 39 98 00 44", **born}
    claimer.send(claimer.read("/deposit/usurpation"), "/usurpation", **said)
    frozen = usager(identifiant)["gele"]

    entered = go(Navigateur(online))

    assert frozen and entered.headers["Location"] == "/deposit/espace"
    assert not usager(identifiant)["gele"] and usager(identifiant)["titulaire_date"]


def test_signing_out_offers_to_sign_out_of_the_provider_too(online: Deposit, fournisseur: Fournisseur) -> None:
    linked(online)
    browser, at_provider = Navigateur(online), requests.Session()
    left = browser.client.get("/deposit/franceconnect/partir")
    chosen = at_provider.post(left.headers["Location"], data={"sub": "fc-mei"}, allow_redirects=False, timeout=5)
    back = urlsplit(chosen.headers["Location"])
    browser.client.get(f"{back.path}?{back.query}")

    page = browser.send(browser.read("/deposit/espace"), "/deconnexion")
    exit_address = page.links("/session/end")[0]
    gone = at_provider.get(exit_address, allow_redirects=False, timeout=5)
    asked_again = at_provider.get(
        browser.client.get("/deposit/franceconnect/partir").headers["Location"], allow_redirects=False, timeout=5
    )

    assert page.title == "Vous êtes déconnecté"
    assert gone.headers["Location"].startswith("http://localhost/deposit/?state=")
    assert asked_again.status_code == 200
    assert browser.read("/deposit/espace").title == "Me connecter"


def test_a_link_is_given_up_only_by_who_keeps_another_way_in(online: Deposit) -> None:
    browser, identifiant = linked(online)
    mongo.database("deposit")["usagers"].update_one({"identifiant": identifiant}, {"$set": {"password_hash": ""}})

    refused = browser.send(browser.read("/deposit/compte/connexions"), "/franceconnect/retirer")
    browser.send(browser.read("/deposit/compte/connexions"), "/compte/mot-de-passe", password="une phrase bien à moi")
    browser.sign_in(identifiant, "une phrase bien à moi")
    ways = browser.read("/deposit/compte/connexions")
    stolen = browser.send(ways, "/franceconnect/retirer", preuve="pas le sien")
    done = browser.send(ways, "/franceconnect/retirer", preuve="une phrase bien à moi")

    assert stolen.status == 422 and "que c’est bien vous" in stolen.text
    assert "Choisissez d’abord un mot de passe" in refused.text
    assert "n’est plus relié" in done.text
    assert go(Navigateur(online)).headers["Location"] == "/deposit/franceconnect/nouveau"


def test_rebinding_by_a_desk_ends_a_usurpers_link(online: Deposit) -> None:
    browser, identifiant = linked(online)
    usager_id = usager(identifiant)["_id"]
    identites.bind_email(usager_id, "reprise@exemple.test", by="agent:agent-change", request_id="reprise-oidc")

    assert browser.read("/deposit/espace").title == "Me connecter"
    assert go(Navigateur(online)).headers["Location"] == "/deposit/franceconnect/nouveau"


def test_an_account_of_a_password_needs_no_provider(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)

    assert browser.read("/deposit/compte/connexions").title == "Comment je me connecte"
