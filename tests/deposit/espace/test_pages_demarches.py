"""Each démarche from its card to what it gives, by the pages of the person and of the agent (DEP-18, DEP-22, DEP-62)."""

from __future__ import annotations

import html
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

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
    links = browser.read(f"/deposit/demandes/{demande_id}").links(".pdf")
    pdf = browser.client.get(links[-1]).data
    return " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


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
    hand_over(agent, demande_id, identifiant, **carte("R-77", 3650))
    space = browser.read("/deposit/espace").text

    assert "Carte de séjour pluriannuelle" in offered and "Carte de résident demandée" in offered
    assert "Pour la carte plus longue" not in before and "Pour la carte plus longue" in asked.text
    assert done.title == "Votre demande est déposée"
    assert "Carte de résident demandée" in file and "Carte plus longue demandée : Carte de résident demandée" in person
    assert "laquelle est accordée" in html.unescape(vague.text) and other.status_code == 422
    assert "Carte de résident demandée" in printed and "L. 422-1" not in printed
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
    assert "NEW-1" in space and "Remplacé" in space
    assert "NEW-1" in desk and "Remplacé le" in desk
    assert "NEW-1" in alerts
