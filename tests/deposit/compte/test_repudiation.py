"""A demande that another filed on her account: set aside at any state, read by an agent, given back (DEP-07)."""

from __future__ import annotations

import html

import pytest

from tests.deposit.conftest import MOT_DE_PASSE, Deposit
from tests.deposit.desk import Screen, an_agent
from tests.deposit.navigateur import Navigateur, person_named, stored, usager

DIT = "C’est mon ex-mari, avec mon téléphone."
REFUS = {"motif": "Faits", "texte": "L. 412-1", "recours": "Tribunal administratif, deux mois"}


def decided(agent: Screen, browser: Navigateur, titre: str, acte: str, **fields: str) -> str:
    """A demande filed from her account, and what the préfecture did of it."""
    demande_id, _page = browser.file(titre)
    agent.confirm(f"/agents/demandes/{demande_id}/actes/{acte}", **fields)
    return demande_id


def set_aside(browser: Navigateur, demande_id: str, preuve: str) -> int:
    """She says that it is not hers, from its page."""
    page = browser.read(f"/deposit/demandes/{demande_id}")
    assert page.links("/pas-de-moi")
    asked = browser.read(f"/deposit/demandes/{demande_id}/pas-de-moi")
    return browser.send(asked, "/pas-de-moi", texte=DIT, preuve=preuve).status


def told(demande_id: str) -> list[str]:
    """The messages asked for about this demande."""
    return [e["prive"]["modele"] for e in stored(demande_id)["outbox"] if "modele" in e.get("prive", {})]


@pytest.mark.clause("DEP-07/a", "DEP-07/b", "DEP-07/c", "DEP-07/d")
def test_what_another_filed_is_set_aside_whatever_became_of_it_and_an_agent_reads_what_she_says(
    deposit: Deposit,
) -> None:
    agent = an_agent(deposit, "instructeur")
    browser, identifiant = person_named(deposit, courriel="a-elle@exemple.test", prefecture="75")
    running = browser.file("visiteur")[0]
    refused = decided(agent, browser, "etudiant", "defavorable", **REFUS)
    closed = decided(agent, browser, "raison-de-sante", "clore", **REFUS)
    accepted = decided(agent, browser, "conjoint-de-francais", "favorable")
    every = (running, refused, closed, accepted)
    before = {demande_id: stored(demande_id)["state"] for demande_id in every}

    # Whoever sits at her open session is not she.
    assert set_aside(browser, refused, "") == set_aside(browser, refused, "pas son mot de passe") == 422
    assert stored(refused)["state"] == "DEFAVORABLE"
    adf = next(paper["numero"] for paper in stored(accepted)["attestations"] if paper["nature"] == "ADF")
    anybody = Navigateur(deposit)
    assert "Valable aujourd’hui" in anybody.read(f"/deposit/verifier?reference={adf}").text
    assert [set_aside(browser, demande_id, MOT_DE_PASSE) for demande_id in every] == [200] * 4

    # What another obtained in her name is worth nothing to whoever checks it, and is no document of hers.
    assert "Valable aujourd’hui" not in anybody.read(f"/deposit/verifier?reference={adf}").text
    assert "Valable aujourd’hui" not in browser.read("/deposit/documents/").text
    queue = agent.text("/agents/?filtre=repudiee")
    for demande_id in every:
        page = agent.text(f"/agents/demandes/{demande_id}")
        assert "Mise de côté : pas de la personne" in page
        assert "ni refusée ni comptée contre elle" in page
        assert DIT in page
        assert "Demande déposée" in page, "what was filed, and when, stays readable"
        assert "demande_repudiee" in told(demande_id)
        assert stored(demande_id)["reference"] in queue
    person = agent.text(f"/agents/personnes/{usager(identifiant)['_id']}")
    assert person.count("Mise de côté : pas de la personne") == 4
    assert "Refusée" not in person
    assert "refusée" not in person.replace("ni refusée", "")
    assert "La personne dit ne pas avoir déposé cette demande" in queue

    done = agent.post(f"/agents/demandes/{refused}/actes/mise-de-cote-examinee", texte="Compte gelé, police prévenue.")
    assert done.status_code in (200, 303), html.unescape(done.text)[:2000]
    assert stored(refused)["reference"] not in agent.text("/agents/?filtre=repudiee")
    browser.send(browser.read(f"/deposit/demandes/{accepted}/c-est-moi"), "/c-est-moi", preuve=MOT_DE_PASSE)
    assert "Valable aujourd’hui" in anybody.read(f"/deposit/verifier?reference={adf}").text
    assert before == {running: "DEPOSEE", refused: "DEFAVORABLE", closed: "CLOSE", accepted: "FAVORABLE"}


def test_a_true_demande_set_aside_goes_on_where_it_was_once_she_says_so(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit, prefecture="75")
    demande_id, _page = browser.file("visiteur")
    set_aside(browser, demande_id, MOT_DE_PASSE)
    aside = browser.read(f"/deposit/demandes/{demande_id}")
    deposit.advance(3)

    asked = browser.read(f"/deposit/demandes/{demande_id}/c-est-moi")
    wrong = browser.send(asked, "/c-est-moi", preuve="autre chose")
    right = browser.send(asked, "/c-est-moi", preuve=MOT_DE_PASSE)
    kept = stored(demande_id)

    assert "C’est réglé : reprendre" not in aside.text, "no button starts the clock of what is set aside"
    assert browser.read(f"/deposit/demandes/{demande_id}").links("/pas-de-moi")
    assert (wrong.status, right.status, kept["state"]) == (422, 200, "DEPOSEE")
    assert [stop["fin_date"] > stop["debut_date"] for stop in kept["arrets"]] == [True]
    assert "demande_reconnue" in told(demande_id)


def test_the_desk_does_it_with_her_once_her_identity_is_verified(deposit: Deposit) -> None:
    agent = an_agent(deposit, "instructeur", "superviseur")
    browser, identifiant = person_named(deposit, prefecture="75")
    demande_id, _page = browser.file("visiteur")
    act = f"/agents/demandes/{demande_id}/actes"
    unchecked = agent.confirm(f"{act}/pas-d-elle", texte=DIT)[1]
    paper = {"papier": "PASSEPORT", "nom": "Exemple", "naissance": "17/05/1990"}
    agent.post(f"/agents/personnes/{usager(identifiant)['_id']}/identite", **paper)

    set_aside_there = agent.confirm(f"{act}/pas-d-elle", texte=DIT)[1]
    state = stored(demande_id)["state"]
    agent.post(f"{act}/c-est-elle")

    assert (unchecked.status_code, set_aside_there.status_code) == (403, 303)
    assert (state, stored(demande_id)["state"]) == ("REPUDIEE", "DEPOSEE")
