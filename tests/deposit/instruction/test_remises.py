"""The handing over by HTTP: the person is invited, it is one act, and nobody's silence makes a ghost (DEP-62)."""

from __future__ import annotations

import html
from datetime import date

import pytest

from chassis import clock
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import Screen, an_agent, signed_in
from tests.deposit.messages import days, filed, messages


def ready(deposit: Deposit, person: Personne, agent: Screen, announced: bool = True) -> str:
    """A demande accepted, whose title is said ready by the page."""
    demande = filed(person, days(300))
    agent.confirm(f"/agents/demandes/{demande}/actes/favorable")
    if announced:
        agent.confirm(f"/agents/demandes/{demande}/actes/titre-pret", lieu="Guichet 4")
    return demande


@pytest.fixture
def agent(deposit: Deposit) -> Screen:
    """An agent of Paris."""
    return an_agent(deposit, "instructeur")


@pytest.mark.clause("DEP-62/c")
def test_a_person_who_was_not_seen_is_asked_by_her_channel_and_her_yes_records_the_handing_over(
    deposit: Deposit, agent: Screen
) -> None:
    person = a_person(deposit)
    demande = ready(deposit, person, agent)
    home = signed_in(deposit, person)
    invited = messages(demande).count("titre_pret")

    deposit.advance(29)
    quiet = home.text(f"/demandes/{demande}")
    deposit.advance(1)
    asked = home.text(f"/demandes/{demande}")
    undated = home.post(f"/demandes/{demande}/remise", recu="oui")
    kept = person.read(demande)["state"]
    year, month, number = days(500).split("-")
    card = {"numero": "T-55", "fin_date-jour": number, "fin_date-mois": month, "fin_date-annee": year}
    said = home.post(f"/demandes/{demande}/remise", **on(clock.today()), **card)
    held = home.text("/espace")

    assert invited == 1
    assert "Avez-vous reçu votre titre" not in quiet
    assert "Avez-vous reçu votre titre" in asked and messages(demande).count("remise_question") == 1
    assert (undated.status_code, kept) == (422, "TITRE_PRET")
    assert "Il manque le jour de la remise" in html.unescape(undated.text)
    assert (said.status_code, person.read(demande)["state"]) == (303, "REMISE")
    assert "T-55" in held
    deposit.advance(90)
    assert messages(demande).count("remise_question") == 1


def test_her_no_calls_an_agent_and_she_is_asked_again_until_somebody_hands_it_over(
    deposit: Deposit, agent: Screen
) -> None:
    person = a_person(deposit)
    demande = ready(deposit, person, agent)
    deposit.advance(30)

    answered = person.call("POST", f"/demandes/{demande}:repondre-remise", json={"recu": False})
    queue = agent.text("/agents/?filtre=titre_pret")
    deposit.advance(30)

    assert answered.json["state"] == "TITRE_PRET"
    assert "La personne dit ne pas avoir reçu son titre" in queue
    assert messages(demande).count("remise_question") == 2


def test_a_title_accepted_and_never_announced_is_asked_about_too(deposit: Deposit, agent: Screen) -> None:
    person = a_person(deposit)
    demande = ready(deposit, person, agent, announced=False)

    deposit.advance(90)
    asked = messages(demande).count("remise_question")
    day = clock.today().isoformat()
    person.call("POST", f"/demandes/{demande}:repondre-remise", json={"recu": True, "jour": day})

    assert asked == 1
    assert person.read(demande)["state"] == "REMISE"


def test_only_the_person_answers_for_herself_and_only_while_a_title_waits(deposit: Deposit, agent: Screen) -> None:
    person, other = a_person(deposit), a_person(deposit)
    demande, open_one = ready(deposit, person, agent), filed(person, days(300))

    path, said = ":repondre-remise", {"recu": True, "jour": clock.today().isoformat()}
    assert other.call("POST", f"/demandes/{demande}{path}", json=said).status_code == 404
    assert person.call("POST", f"/demandes/{open_one}{path}", json=said).status_code == 409
    token = deposit.agent("instructeur")
    assert deposit.call("POST", f"/demandes/{demande}{path}", token, json=said).status_code == 403


def on(day: date) -> dict[str, str]:
    """The day of the handing over, as the form asks for it."""
    return {"recu": "oui", "jour-jour": str(day.day), "jour-mois": str(day.month), "jour-annee": str(day.year)}


@pytest.mark.clause("DEP-48/f", "DEP-53/e")
def test_a_handing_over_noted_by_mistake_is_taken_back_by_the_person_or_an_agent_and_her_attestation_holds_again(
    deposit: Deposit, agent: Screen
) -> None:
    person = a_person(deposit)
    demande = ready(deposit, person, agent)
    deposit.advance(30)
    home = signed_in(deposit, person)
    adf = next(d for d in person.read(demande)["documents"] if d["nature"] == "ADF")

    def worth() -> str:
        return str(deposit.call("GET", f"/verifications/{adf['numero']}").json["etat"])

    asked = home.text(f"/demandes/{demande}/remise")
    refused = home.post(f"/demandes/{demande}/remise", **on(date(2020, 1, 1)))
    year, month, number = days(500).split("-")
    card = {"numero": "T-66", "fin_date-jour": number, "fin_date-mois": month, "fin_date-annee": year}
    home.post(f"/demandes/{demande}/remise", **on(clock.today()), **card)
    noted, told, held = worth(), home.text(f"/demandes/{demande}"), home.text("/espace")
    # Whoever also writes the card among her titles holds one card, not two: it goes with the mistake.
    home.post("/titres/ajouter", titre_code="etudiant", **card)
    twice = home.text("/espace").count("T-66")
    deposit.advance(30)
    undone = home.post(f"/demandes/{demande}/remise/annuler", page=f"/demandes/{demande}")

    assert "Votre attestation finit ce jour-là" in asked
    assert refused.status_code == 422 and "ne peut pas avoir été remis ce jour-là" in html.unescape(refused.text)
    assert (noted, worth()) == ("termine", "valide")
    assert "Je ne l’ai pas reçu" in told
    assert twice == held.count("T-66") > 0 and "T-66" not in home.text("/espace")
    assert (undone.status_code, person.read(demande)["state"]) == (303, "TITRE_PRET")
    assert "La personne dit ne pas avoir reçu son titre" in agent.text("/agents/?filtre=titre_pret")

    # The same by an agent who noted it on the wrong dossier; and no longer once the delay is over.
    home.post(f"/demandes/{demande}/remise", **on(clock.today()))
    path = f"/demandes/{demande}:annuler-remise"
    desk = deposit.agent("instructeur")
    by_desk = deposit.call("POST", path, desk, json={"motif": "Remis à une autre personne."})
    person.call("POST", f"/demandes/{demande}:repondre-remise", json={"recu": True, "jour": clock.today().isoformat()})
    deposit.advance(31)
    late = person.call("POST", f"/demandes/{demande}:contester-remise")

    assert (by_desk.status_code, by_desk.json["state"]) == (200, "TITRE_PRET")
    assert (late.status_code, late.json["code"]) == (409, "REMISE_TROP_ANCIENNE")
    assert "Je ne l’ai pas reçu" not in home.text(f"/demandes/{demande}")
