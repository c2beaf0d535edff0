"""Each démarche from its card to what it gives, by the pages of the person and of the agent (DEP-22, DEP-62)."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest

from chassis import clock
from tests.deposit.conftest import Deposit
from tests.deposit.desk import Screen, an_agent
from tests.deposit.navigateur import Navigateur, day, person_named, usager

PETIT = {
    "beneficiaire_nom": "Petit",
    "beneficiaire_prenoms": "Lina",
    "beneficiaire_naissance_date-jour": "3",
    "beneficiaire_naissance_date-mois": "4",
    "beneficiaire_naissance_date-annee": "2018",
}


def carte(numero: str, jours: int) -> dict[str, str]:
    """What the agent reads on a card and types."""
    year, month, number = (clock.today() + timedelta(days=jours)).isoformat().split("-")
    return {"numero": numero, "fin_date-jour": number, "fin_date-mois": month, "fin_date-annee": year}


@pytest.fixture
def agent(deposit: Deposit) -> Screen:
    """An agent of Paris who instructs, decides and hands over."""
    return an_agent(deposit, "instructeur", "superviseur")


def hand_over(agent: Screen, demande_id: str, identifiant: str, **typed: str) -> Any:
    """The card is announced, the identity checked on a passport, the card handed over with what is printed on it."""
    agent.confirm(f"/agents/demandes/{demande_id}/actes/titre-pret", lieu="Guichet 4")
    person = usager(identifiant)
    seen = {"nom": person["nom"], "naissance": "17/05/1990", "numero_etranger": ""}
    agent.post(f"/agents/personnes/{person['_id']}/identite", papier="PASSEPORT", **seen)
    return agent.post(f"/agents/demandes/{demande_id}/actes/remettre", **typed)


def paper(browser: Navigateur, demande_id: str) -> str:
    """The words of the last document of a demande, as the person opens it on her page."""
    shown = browser.read(browser.read(f"/deposit/demandes/{demande_id}").links("/deposit/documents/")[-1])
    pdf = browser.client.get(shown.links(".pdf")[0]).data
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)).split())


@pytest.mark.clause("DEP-18/a", "DEP-18/b", "DEP-18/c", "DEP-18/d", "DEP-18/e")
def test_the_longer_card_asked_with_a_renewal_is_read_granted_printed_and_handed_over(
    deposit: Deposit, agent: Screen
) -> None:
    browser, identifiant = person_named(deposit, prefecture="75")
    demande_id = browser.begin("etudiant", day(90))
    offered = browser.read(f"/deposit/demandes/{demande_id}/questions/carte_demandee").text
    before = browser.read(f"/deposit/demandes/{demande_id}/pieces").text
    browser.answer(demande_id, "carte_demandee", "carte-de-resident")
    asked = browser.read(f"/deposit/demandes/{demande_id}/pieces")
    for piece in [section["id"] for section in asked.html.find_all("section", id=True) if section.find("form")]:
        if piece != "autre":
            browser.add_piece(demande_id, str(piece))
    done = browser.send(browser.read(f"/deposit/demandes/{demande_id}/verifier"), "/deposer")
    base = f"/agents/demandes/{demande_id}"
    file, person = agent.text(base), agent.text(f"/agents/personnes/{usager(identifiant)['_id']}")
    vague = agent.post(f"{base}/actes/favorable")
    other = agent.post(f"{base}/actes/favorable", accorde="carte-de-resident-permanent")
    agent.confirm(f"{base}/actes/favorable", accorde="carte-de-resident")
    printed = paper(browser, demande_id)
    proof = browser.read("/deposit/espace")
    shown = browser.read(proof.links("/deposit/documents/")[0]).text
    hand_over(agent, demande_id, identifiant, **carte("R-77", 3650))
    space = browser.read("/deposit/espace").text

    assert "Carte de séjour pluriannuelle" in offered and "Carte de résident demandée" in offered
    assert "Pour la carte plus longue" not in before and "Pour la carte plus longue" in asked.text
    assert done.title == "Votre demande est déposée"
    assert "Carte de résident demandée" in file and "Carte plus longue demandée : Carte de résident demandée" in person
    assert "laquelle est accordée" in html.unescape(vague.text) and other.status_code == 422
    assert "Carte de résident demandée" in printed and "L. 422-1" not in printed
    assert "Attestation de décision favorable jusqu’à la remise de votre titre Carte de résident" in proof.text
    assert "Depuis le" in shown and "Carte de résident demandée" in shown
    assert "R-77" in space and "Carte de résident demandée" in space


@pytest.mark.clause("DEP-62/b")
def test_the_card_handed_over_is_her_title_with_its_dates_and_ends_the_one_before(
    deposit: Deposit, agent: Screen
) -> None:
    browser, identifiant = person_named(deposit, prefecture="75")
    year, month, number = day(60).split("-")
    browser.send(
        browser.read("/deposit/titres/ajouter"),
        "/titres/ajouter",
        titre_code="etudiant",
        numero="OLD-1",
        **{"fin_date-jour": number, "fin_date-mois": month, "fin_date-annee": year},
    )
    demande_id, _page = browser.file("etudiant", day(60))
    agent.confirm(f"/agents/demandes/{demande_id}/actes/favorable")

    unread = hand_over(agent, demande_id, identifiant)
    agent.post(f"/agents/demandes/{demande_id}/actes/remettre", **carte("NEW-1", 400))
    space = browser.read("/deposit/espace").text
    desk = agent.text(f"/agents/personnes/{usager(identifiant)['_id']}")
    deposit.advance(400 - 90)
    alerts = browser.read("/deposit/espace").text

    assert unread.status_code == 422 and "son numéro et ses dates" in html.unescape(unread.text)
    assert "NEW-1" in space and "Un nouveau titre vous a été remis" in space
    assert "NEW-1" in desk and "Remplacé le" in desk
    assert "NEW-1" in alerts


# What each démarche asks of its own, and what the person reads once the answer is yes.
ACTES = {
    "changement-d-adresse": (
        {"nouvelle_adresse": "9 rue du Port\n69001 Lyon", "nouveau_departement": "69"},
        "Votre nouvelle adresse est enregistrée",
    ),
    "modification-d-etat-civil": ({"nouveau_nom": "Nouvelle"}, "Votre état civil est changé"),
    "changement-de-situation-matrimoniale": (
        {"nouvelle_situation": "Veuf ou veuve"},
        "Votre nouvelle situation est enregistrée",
    ),
    "validation-vls": (
        {"visa_numero": "FRA-123", "visa_fin": "2027-08-31", "entree": "2026-09-01"},
        "Votre visa est validé",
    ),
    "autorisation-de-travail": (
        {
            "employeur": "Atelier du Pont",
            "employeur_adresse": "2 quai du Pont",
            "emploi": "Soudeuse",
            "emploi_debut": "2027-01-04",
        },
        "Vous avez l'autorisation de travailler pour cet employeur",
    ),
}
CARTES = {
    "dcem": ({}, PETIT, "Le document de circulation de votre enfant"),
    "duplicata": ({"titre_numero": "OLD-1", "cause": "Il est perdu"}, {}, "Votre duplicata"),
    "titre-d-identite-et-de-voyage": ({}, {}, "Votre titre d'identité et de voyage"),
}
TITRE = ("Votre titre est", "Votre titre vous", "attestation de décision favorable", "fin de votre titre")


def words_about(browser: Navigateur, demande_id: str) -> str:
    """What the person reads of a demande: her space, its page."""
    return browser.read("/deposit/espace").text + browser.read(f"/deposit/demandes/{demande_id}").text


@pytest.mark.clause("DEP-02/g", "DEP-22/a", "DEP-22/c", "DEP-22/f", "DEP-22/g", "DEP-22/h", "DEP-22/j", "DEP-22/l")
def test_what_holds_at_once_is_filed_by_its_own_form_decided_and_changes_what_it_says(
    deposit: Deposit, agent: Screen
) -> None:
    browser, identifiant = person_named(deposit, prefecture="75")
    read: dict[str, str] = {}
    papers: dict[str, str] = {}
    for code, (answers, _sentence) in ACTES.items():
        demande_id = browser.begin(code)
        early = browser.read(f"/deposit/demandes/{demande_id}/verifier")
        assert code == "modification-d-etat-civil" or ("Il manque" in early.text and "réponse" in early.text), code
        demande_id, page = browser.finish(demande_id, answers)
        assert page.title == "Votre demande est déposée", code
        waiting = words_about(browser, demande_id)
        agent.confirm(f"/agents/demandes/{demande_id}/actes/complete")
        waiting += words_about(browser, demande_id)
        preview, _done = agent.confirm(f"/agents/demandes/{demande_id}/actes/favorable")
        read[code] = words_about(browser, demande_id)
        papers[code] = paper(browser, demande_id)
        assert not [words for words in TITRE if words in waiting + read[code] + html.unescape(preview.text)], code
        assert agent.get(f"/agents/demandes/{demande_id}/actes/titre-pret").status_code in (200, 409)
        assert "Remettre la carte" not in agent.text(f"/agents/demandes/{demande_id}"), code

    space, person = browser.read("/deposit/espace").text, usager(identifiant)
    desk = agent.text(f"/agents/personnes/{person['_id']}")
    for code, (_answers, sentence) in ACTES.items():
        assert (
            "Décision de la préfecture : du " in read[code]
            and sentence in read[code]
            and sentence in papers[code].replace("’", "'")
        ), code
    assert "Atelier du Pont" in papers["autorisation-de-travail"] and "Soudeuse" in papers["autorisation-de-travail"]
    assert "9 rue du Port, 69001 Lyon" in desk and "Nouvelle" in desk and "Veuf ou veuve" in desk
    account = browser.read("/deposit/compte").text
    assert "9 rue du Port, 69001 Lyon" in account and "Nouvelle" in account and "Veuf ou veuve" in account
    assert "Rhône" in account and "Rhône" in desk
    assert "FRA-123" in space and "31 août 2027" in space
    assert "Aucune demande ouverte" in space


@pytest.mark.clause("DEP-22/d", "DEP-22/e", "DEP-22/i", "DEP-22/j", "DEP-22/l")
def test_what_is_a_card_is_made_announced_and_handed_over_under_its_own_name(deposit: Deposit, agent: Screen) -> None:
    browser, identifiant = person_named(deposit, prefecture="75")
    year, month, number = day(200).split("-")
    held = {"fin_date-jour": number, "fin_date-mois": month, "fin_date-annee": year}
    browser.send(
        browser.read("/deposit/titres/ajouter"), "/titres/ajouter", titre_code="visiteur", numero="OLD-1", **held
    )
    nobody = browser.send(browser.read("/deposit/commencer/dcem"), "/commencer/dcem", prefecture="75")
    for code, (answers, child, name) in CARTES.items():
        demande_id, page = browser.finish(browser.begin(code, **child), answers)
        said = [page.text, words_about(browser, demande_id)]
        agent.confirm(f"/agents/demandes/{demande_id}/actes/favorable")
        said.append(words_about(browser, demande_id))
        printed = paper(browser, demande_id).replace("’", "'")
        hand_over(agent, demande_id, identifiant, **carte(f"N-{code[:3]}", 200))
        said.append(browser.read(f"/deposit/demandes/{demande_id}").text)
        assert f"{name} est en fabrication" in said[2] and f"{name} vous a été remis" in said[3], code
        assert name in printed, code
        assert not [words for words in TITRE if words in " ".join(said)], code
        if child:
            assert said[1].count("Lina Petit") >= 2, "in her space too: two children have two documents"
            assert "Lina Petit" in printed
            assert "Lina Petit" in agent.text(f"/agents/demandes/{demande_id}")
    space = browser.read("/deposit/espace").text

    assert nobody.status == 422 and "l’enfant" in nobody.text
    assert "N-dup" in space and "N-dce" not in space and "N-tit" not in space
