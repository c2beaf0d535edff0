"""What no préfecture can lift, by HTTP: the programme desk with a clock, another way open meanwhile, and who may."""

from __future__ import annotations

from typing import Any

import pytest

from chassis import mongo
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import Screen, an_agent
from tests.deposit.messages import days, filed, messages
from tests.deposit.reprise.test_reprise import a_demande, a_title
from tests.deposit.reprise.test_reprise_depots import demandes_of, holder


@pytest.fixture
def agent(deposit: Deposit) -> Screen:
    """An agent of Paris who instructs and lifts."""
    return an_agent(deposit, "instructeur", "superviseur")


@pytest.fixture
def desk(deposit: Deposit) -> Screen:
    """The programme desk."""
    return an_agent(deposit, "bureau_national", prefectures=("*",), agent_id="agent-bn")


def stored(person: Personne) -> list[dict[str, Any]]:
    """What is at the programme desk for this person."""
    return list(mongo.database("deposit")["remontees"].find({"usager_id": person.usager_id}))


def blocage_of(remontee: dict[str, Any]) -> dict[str, Any]:
    return dict(mongo.database("deposit")["blocages"].find_one({"_id": remontee["blocage_id"]}) or {})


def told(remontee: dict[str, Any]) -> list[str]:
    return [e["prive"]["modele"] for e in remontee["outbox"] if e.get("subject") == "deposit.message.demande"]


@pytest.mark.clause("DEP-61/j")
def test_what_a_prefecture_cannot_lift_goes_to_the_programme_desk_with_a_clock_and_another_way_opens(
    deposit: Deposit, agent: Screen, desk: Screen
) -> None:
    person = a_person(deposit, nom="Bloquée")
    demande = filed(person, days(100))

    _, sent = agent.confirm(
        f"/agents/demandes/{demande}/actes/remonter", objet="autre", texte="La fiche ne s’ouvre pas."
    )
    opened = stored(person)[0]
    blocage = blocage_of(opened)
    waiting = desk.text("/agents/remontees/")
    deposit.advance(16)
    late = desk.text("/agents/remontees/?etat=EN_RETARD")
    case = f"/agents/remontees/{opened['_id']}"
    done = desk.post(case, texte="La fiche est réparée.", acte="aucun")

    after = stored(person)[0]
    assert sent.status_code == 303 and told(opened) == ["remontee_ouverte"]
    # The blocage opens the route of substitution, and stops the clocks of the dossier.
    assert [e["subject"] for e in blocage["outbox"]] == ["deposit.blocage.constate"]
    assert blocage["_id"] == opened["blocage_id"] and blocage["demande_id"] == demande
    assert "Bloquée" in waiting and "En retard de 1 jour" in late
    assert (done.status_code, after["state"], told(after)[-1]) == (303, "LEVEE", "remontee_levee")
    assert blocage_of(opened)["state"] == "LEVE"
    assert "Réglé le" in agent.text(f"/agents/personnes/{person.usager_id}")


def test_the_desk_closes_the_past_demande_that_no_prefecture_could_and_no_other(
    deposit: Deposit, agent: Screen, desk: Screen
) -> None:
    old = a_demande(depot=-400, prefecture="13")
    person, _line = holder(deposit, "7700000903", demandes=[old], titres=[a_title("T903", remise_date=None)])
    past = next(demande for demande in demandes_of(person) if demande["origine"])
    live = filed(person, days(100))
    body = {"objet": "demande_fantome", "texte": "Dossier d’ailleurs.", "ancienne": past["reference"]}
    token = deposit.agent("instructeur", "superviseur")
    made = deposit.call("POST", f"/demandes/{live}:remonter", token, json=body).json

    done = desk.post(f"/agents/remontees/{made['remontee_id']}", texte="Elle est fermée.", acte="fermer")

    facts = mongo.database("deposit")["demandes"].find_one({"_id": past["_id"]}) or {}
    closing = next(e for e in facts["outbox"] if e.get("subject") == "deposit.demande.close")
    assert done.status_code == 303
    assert (person.read(past["_id"])["state"], person.read(live)["state"]) == ("CLOSE", "DEPOSEE")
    assert closing["by"] == "agent:agent-bn"


def test_a_case_without_its_words_or_about_somebody_elses_demande_is_refused(deposit: Deposit) -> None:
    demande = filed(a_person(deposit), days(100))
    other = a_person(deposit).file(titre_code="etudiant", fin_titre_date=days(100))
    token = deposit.agent("instructeur", "superviseur")
    path = f"/demandes/{demande}:remonter"

    unknown = deposit.call("POST", path, token, json={"objet": "rien", "texte": "x"})
    silent = deposit.call("POST", path, token, json={"objet": "autre", "texte": "  "})
    body = {"objet": "demande_fantome", "texte": "x", "ancienne": other["reference"]}
    foreign = deposit.call("POST", path, token, json=body)

    assert [unknown.status_code, silent.status_code, foreign.status_code] == [422, 422, 404]
    assert "remontee_ouverte" not in messages(demande)


# Act -> who may do it in her préfecture; everybody else is refused, and everybody is elsewhere (DEP-61).
WHO_MAY = {
    "remonter": {"instructeur", "superviseur"},
    "remonter-personne": {"superviseur", "ccc_superviseur", "bureau_national"},
    "lever": {"bureau_national"},
}
ROLES = ("instructeur", "superviseur", "prefecture", "pan", "ccc", "ccc_superviseur", "bureau_national")


@pytest.mark.clause("DEP-61/i")
@pytest.mark.parametrize("in_scope", [True, False], ids=["sa-prefecture", "ailleurs"])
@pytest.mark.parametrize("role", ROLES)
def test_each_role_lifts_what_it_may_and_nothing_else(deposit: Deposit, role: str, in_scope: bool) -> None:
    person = a_person(deposit)
    demande = filed(person, days(100))
    opener = deposit.agent("instructeur", agent_id="agent-ouvre")
    body = {"objet": "autre", "texte": "Essayé deux fois."}
    case = deposit.call("POST", f"/demandes/{demande}:remonter", opener, json=body).json["remontee_id"]
    token = deposit.agent(role, prefectures=("75",) if in_scope else ("13",), agent_id=f"agent-{role}-{in_scope}")

    seen = {
        "remonter": deposit.call("POST", f"/demandes/{demande}:remonter", token, json=body).status_code,
        "remonter-personne": deposit.call(
            "POST", f"/usagers/{person.usager_id}:remonter", token, json=body
        ).status_code,
        "lever": deposit.call("POST", f"/remontees/{case}:lever", token, json={"texte": "Réparé."}).status_code,
    }

    assert seen == {act: 200 if in_scope and role in who else 403 for act, who in WHO_MAY.items()}
