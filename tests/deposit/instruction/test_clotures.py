"""The end of the delay by HTTP: nothing closes by a machine alone, an agent closes with a reason or prolongs."""

from __future__ import annotations

import pytest

from tests.deposit.conftest import Deposit, a_person
from tests.deposit.desk import Screen, an_agent, signed_in
from tests.deposit.messages import days, filed, messages


@pytest.fixture
def agent(deposit: Deposit) -> Screen:
    """An agent of Paris who instructs and decides."""
    return an_agent(deposit, "instructeur")


@pytest.mark.clause("DEP-38/a")
def test_at_thirty_days_nothing_is_closed_a_reminder_goes_and_the_dossier_is_past_due(
    deposit: Deposit, agent: Screen
) -> None:
    person = a_person(deposit)
    demande = filed(person, days(200))
    agent.confirm(f"/agents/demandes/{demande}/actes/demander-pieces", pieces=["domicile"])

    deposit.advance(30)
    before = (person.read(demande)["state"], messages(demande).count("echeance_depassee"))
    deposit.advance(1)

    assert before == ("PIECES_DEMANDEES", 0)
    assert (person.read(demande)["state"], messages(demande).count("echeance_depassee")) == ("PIECES_DEMANDEES", 1)
    assert "Le délai pour envoyer les pièces est passé" in agent.text(f"/agents/demandes/{demande}")
    assert "La date est passée. Votre demande n’est pas fermée" in signed_in(deposit, person).text(
        f"/demandes/{demande}"
    )
    deposit.advance(60)
    assert person.read(demande)["state"] == "PIECES_DEMANDEES"
    assert messages(demande).count("demande_close") == 0


@pytest.mark.clause("DEP-38/c", "DEP-38/d", "DEP-39/e")
def test_past_due_an_agent_prolongs_or_closes_with_a_reason_and_only_with_one(deposit: Deposit, agent: Screen) -> None:
    person = a_person(deposit)
    prolonged, closed = filed(person, days(200)), filed(person, days(200))
    # Asked while a clock stood, the request had no last day.
    agent.post(f"/agents/demandes/{prolonged}/actes/arreter-horloge", cause="Hospitalisation")
    for demande in (prolonged, closed):
        agent.confirm(f"/agents/demandes/{demande}/actes/demander-pieces", pieces=["domicile"])
    stop = person.read(prolonged)["arrets"][0]["cle"]
    agent.post(f"/agents/demandes/{prolonged}/actes/reprendre-horloge", cle=stop)
    deposit.advance(35)

    more = agent.confirm(f"/agents/demandes/{prolonged}/actes/prolonger", jours="20")[1]
    without = agent.post(f"/agents/demandes/{closed}/actes/clore", motif="", texte="", recours="", etape="faire")
    still = person.read(closed)["state"]
    said = {"motif": "Pièce absente", "texte": "Texte appliqué", "recours": "Recours gracieux"}
    with_one = agent.confirm(f"/agents/demandes/{closed}/actes/clore", **said)[1]

    assert (more.status_code, with_one.status_code) == (303, 303)
    assert (without.status_code, still) == (422, "PIECES_DEMANDEES")
    assert person.read(prolonged)["state"] == "PIECES_DEMANDEES"
    assert person.read(prolonged)["pieces_demandees"][0]["echeance_date"] == days(20), "twenty days from today"
    assert person.read(closed)["state"] == "CLOSE"
    assert "délai pour envoyer" not in agent.text(f"/agents/demandes/{prolonged}")


def test_a_closing_by_an_agent_is_not_undone_as_if_a_machine_had_made_it(deposit: Deposit, agent: Screen) -> None:
    demande = filed(a_person(deposit), days(200))
    token = deposit.agent("instructeur")
    body = {"motif": "x", "texte": "y", "recours": ["z"]}
    deposit.call("POST", f"/demandes/{demande}:clore", token, json=body)

    refused = deposit.call("POST", f"/demandes/{demande}:annuler-fermeture", token, json={"motif": "erreur"})

    assert (refused.status_code, refused.json["code"]) == (409, "FERMETURE_PAS_AUTOMATIQUE")
    assert "Annuler la fermeture automatique" not in agent.text(f"/agents/demandes/{demande}")
