"""What a person says of a filed demande arrives: on each agent's dossier, in his queue, and in her own history."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock, mongo
from chassis.web.languages import day_in_words
from tests.deposit.conftest import Deposit, a_person, mandatory
from tests.deposit.desk import Screen, an_agent, signed_in
from tests.deposit.navigateur import day, person_named


def told(demande_id: str, modele: str) -> list[str]:
    """The words of each message of this kind about a demande."""
    facts: Any = mongo.database("deposit")["demandes"].find_one({"_id": demande_id}, {"outbox": 1})
    private = [entry.get("prive", {}) for entry in facts["outbox"]]
    return [said["contenu"] for said in private if said.get("modele") == modele]


def words(deposit: Deposit, count: int) -> str:
    """A day as people read it."""
    with deposit.client.application.test_request_context():
        return day_in_words(clock.today() + timedelta(days=count))


def reasons(agent: Screen, reference: str) -> str:
    """Why a dossier is where it is in the queue of this agent."""
    rows = agent.browser.read("/deposit/agents/?filtre=a_lire").html.find_all("tr")
    return next((row.get_text(" ") for row in rows if reference in row.get_text()), "")


@pytest.mark.clause("DEP-16/d", "DEP-16/e", "DEP-16/g", "DEP-29/c")
def test_a_change_told_by_api_is_read_in_each_prefecture_and_is_a_reason_until_read(deposit: Deposit) -> None:
    person = a_person(deposit, adresse=["1 rue Ancienne", "75001 Paris"])
    filed = {code: person.file(titre_code="visiteur", prefecture=code) for code in ("75", "69")}

    person.call("POST", "/moi:contacts", json={"adresse": ["2 rue Nouvelle", "69002 Lyon"]})

    for code, demande in filed.items():
        agent = an_agent(deposit, "instructeur", prefectures=(code,), agent_id=f"agent-{code}")
        base = f"/agents/demandes/{demande['demande_id']}"
        page = agent.text(base)
        assert "La personne dit un changement d’adresse" in reasons(agent, demande["reference"])
        assert "« 1 rue Ancienne\n75001 Paris » est devenu « 2 rue Nouvelle\n69002 Lyon »" in page
        assert "2 rue Nouvelle" in told(demande["demande_id"], "changement_recu")[0]
        assert "Votre changement d’adresse" in told(demande["demande_id"], "reception_confirmee")[-1]
        agent.post(f"{base}/actes/lu")
        assert reasons(agent, demande["reference"]) == ""
        assert "Un agent a lu ce que la personne a envoyé" in agent.text(base)
        person.call("POST", f"/demandes/{demande['demande_id']}/messages", json={"texte": "Mon employeur attend."})
        assert "La personne a écrit" in reasons(agent, demande["reference"])
        agent.confirm(f"{base}/actes/ecrire", texte="Nous avons lu votre mot.")
        assert reasons(agent, demande["reference"]) == ""


@pytest.mark.clause("DEP-31/b", "DEP-32/a", "DEP-32/b", "DEP-32/d", "DEP-32/e")
def test_what_a_person_puts_right_is_read_before_and_after_and_gives_her_the_document_due(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    # A year typed for another, of a title that ends in two days.
    demande_id, _page = browser.file("etudiant", day(364))
    path = f"/deposit/demandes/{demande_id}"
    browser.add_piece(demande_id, "autre", name="contrat.pdf")
    browser.send(browser.read(f"{path}/questions/precisions"), "/questions/precisions", reponse="Je travaille")
    before = browser.read(path)

    year, month, number = day(2).split("-")
    typed = {"fin_titre_date-jour": number, "fin_titre_date-mois": month, "fin_titre_date-annee": year}
    child = {"beneficiaire_nom": "Petit", "beneficiaire_prenoms": "Léa"}
    asked = browser.send(browser.read(f"{path}/rectifier"), "/rectifier", titre_code="visiteur", **child, **typed)
    for code in mandatory({"demande_id": demande_id}):
        browser.add_piece(demande_id, code)
    after = browser.send(browser.read(f"{path}/rectifier"), "/rectifier", prefecture="69")
    deposit.advance(3)

    history = browser.read(f"{path}/historique").text
    agent = an_agent(deposit, "instructeur", prefectures=("69",), agent_id="agent-69")
    reference = after.html.find("dt", string="Référence").find_next("dd").get_text()  # type: ignore[union-attr]
    dossier = html.unescape(agent.text(f"/agents/demandes/{demande_id}"))
    for said in (history, " ".join(dossier.split())):
        assert f"« {words(deposit, 361)} » est devenu « {words(deposit, -1)} »" in said
        assert "Titre demandé : « Étudiant » est devenu « Visiteur »" in said
        assert "« rien d’écrit » est devenu « Petit »" in said
        assert "Département : « Paris » est devenu « Rhône »" in said
        assert "« rien d’écrit » est devenu « Je travaille »" in said
    why = reasons(agent, reference)
    assert "La personne a corrigé sa demande" in why
    assert "Des pièces sont arrivées" in why
    assert "contrat.pdf" in dossier
    assert "usager:" not in dossier and "systeme" not in dossier, "who did it is said in words"
    # The last day decides her document: put right, it comes at the end of the title and not a year later.
    assert "Il manque maintenant" in asked.text
    assert "Attestation de prolongation" not in before.text
    assert "Attestation de prolongation" in browser.read(path).text


@pytest.mark.clause("DEP-34/b", "DEP-34/c", "DEP-34/e", "DEP-34/f")
def test_an_agent_corrects_the_first_page_and_the_person_takes_it_back_from_her_own(deposit: Deposit) -> None:
    person = a_person(deposit)
    child = {"nom": "Petit", "prenoms": "Lea", "naissance_date": day(-3000)}
    ends = (clock.today() + timedelta(days=400)).isoformat()
    demande = person.file(titre_code="etudiant", fin_titre_date=ends, beneficiaire=child)
    base, demande_id = f"/agents/demandes/{demande['demande_id']}", demande["demande_id"]
    agent = an_agent(deposit, "instructeur")
    year, month, number = day(35).split("-")

    preview, _done = agent.confirm(
        f"{base}/actes/corriger-debut",
        **{"fin_titre_date-jour": number, "fin_titre_date-mois": month, "fin_titre_date-annee": year},
        beneficiaire_prenoms="Léa", situation="titre", motif="Lu sur la carte.",
    )  # fmt: skip
    space = signed_in(deposit, person)
    link = f"/mes-aidants/demandes/{demande_id}/corrections"
    page, listed, corrected = space.text(f"/demandes/{demande_id}"), space.text(link), agent.text(base)
    made = person.call("GET", f"/demandes/{demande_id}/corrections").json["corrections"][0]
    refused = agent.post(f"{base}/actes/corriger-debut", motif="Rien.", page=f"{base}/actes/corriger-debut")
    space.post(f"{link}/{made['id']}", page=link, texte="La carte a été prolongée.")

    assert words(deposit, 35) in html.unescape(preview.text)
    assert "Lu sur la carte." in told(demande_id, "demande_corrigee")[0]
    assert f"/deposit{link}" in page
    for trace in (listed, corrected, space.text(f"/demandes/{demande_id}/historique"), agent.text(base)):
        assert f"« {words(deposit, 400)} » est devenu « {words(deposit, 35)} »" in trace
        assert "« Lea » est devenu « Léa »" in trace
        assert "Lu sur la carte." in trace
    assert "(agent-1)" not in corrected
    assert refused.status_code == 422
    assert person.read(demande_id)["fin_titre_date"] == ends
    assert "La personne conteste une correction" in reasons(agent, demande["reference"])
    assert "La carte a été prolongée." in agent.text(base)


def test_a_first_page_put_wrong_is_refused_and_what_was_typed_comes_back(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    demande_id, _page = browser.file("visiteur")
    path = f"/deposit/demandes/{demande_id}/rectifier"

    page = browser.send(browser.read(path), "/rectifier", situation="titre", beneficiaire_nom="Petit")
    other = a_person(deposit).call("POST", f"/demandes/{demande_id}:rectifier", json={"prefecture": "69"})

    assert page.status == 422
    assert "Écrivez le dernier jour imprimé" in page.text
    assert page.html.find("input", id="f-beneficiaire_nom")["value"] == "Petit"  # type: ignore[index]
    assert other.status_code == 404


@pytest.mark.clause("DEP-44/c")
def test_messages_stay_in_the_thread_in_date_order_until_the_end_and_after(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    demande_id, _page = browser.file("etudiant", day(100))
    path, agent = f"/demandes/{demande_id}", deposit.agent("instructeur")
    said = ("Premier message", "Réponse du bureau", "Second message", "La réponse est longue à venir")
    for rank, text in enumerate(said):
        if rank % 2:
            deposit.call("POST", f"{path}:ecrire", agent, json={"texte": text})
        else:
            browser.send(browser.read(f"/deposit{path}"), "/messages", texte=text)
        deposit.advance(2)
    deposit.call("POST", f"{path}:favorable", agent)
    deposit.advance(1)

    thread = browser.read(f"/deposit{path}").text
    places = [thread.index(text) for text in said]
    assert places == sorted(places)
