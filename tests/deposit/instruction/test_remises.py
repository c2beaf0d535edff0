"""The handing over by HTTP: the person is invited, it is one act, and nobody's silence makes a ghost (DEP-62)."""

from __future__ import annotations

import html

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


def typed(name: str, day: str) -> dict[str, str]:
    """A day in its three fields."""
    return dict(zip((f"{name}-annee", f"{name}-mois", f"{name}-jour"), day.split("-"), strict=True))


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
    wrong = home.post(f"/demandes/{demande}/remise", recu="oui", **typed("jour", days(3)))
    said = home.post(
        f"/demandes/{demande}/remise",
        recu="oui",
        numero="T-55",
        **typed("jour", days(-2)),
        **typed("fin_date", days(500)),
    )
    space = home.text("/espace")

    assert invited == 1
    assert "Avez-vous reçu votre titre" not in quiet
    assert "Avez-vous reçu votre titre" in asked and messages(demande).count("remise_question") == 1
    assert wrong.status_code == 422 and "pas plus tard qu’aujourd’hui" in html.unescape(wrong.text)
    assert "T-55" in space
    assert (said.status_code, person.read(demande)["state"]) == (303, "REMISE")
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

    path = ":repondre-remise"
    assert other.call("POST", f"/demandes/{demande}{path}", json={"recu": True}).status_code == 404
    assert person.call("POST", f"/demandes/{open_one}{path}", json={"recu": True}).status_code == 409
    token = deposit.agent("instructeur")
    assert deposit.call("POST", f"/demandes/{demande}{path}", token, json={"recu": True}).status_code == 403
