"""Promises by HTTP: made with a day, kept, or missed and then said to the person and to the supervisor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chassis import clock, mongo, rpc
from chassis.inbox import Meta
from droit.decision import Refused
from sejour.deposit.v1 import deposit_pb2, events_pb2
from services.deposit import rpc as servicers
from services.deposit.consumers import HANDLERS
from services.deposit.dossier.store.usager import Blocage
from tests.deposit.bureau.test_desk_actes import day_fields
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import Screen, an_agent, signed_in
from tests.deposit.messages import days, filed

TRANSFEREE = "deposit.demande.transferee"


@pytest.fixture
def agent(deposit: Deposit) -> Screen:
    """An agent of Paris who instructs."""
    return an_agent(deposit, "instructeur")


def promise(agent: Screen, demande_id: str, **fields: Any) -> int:
    """Notes a promise by the page of the dossier."""
    said = {"genre": "convocation", "texte": "Convocation au guichet", **day_fields("jour", days(7)), **fields}
    return agent.post(f"/agents/demandes/{demande_id}/actes/promettre", **said).status_code


def told(person: Personne) -> list[dict[str, Any]]:
    """Messages about the promises made to this person (nothing is relayed here)."""
    rows = mongo.database("deposit")["promesses"].find({"usager_id": person.usager_id})
    return [e["prive"] for row in rows for e in row["outbox"] if e.get("subject") == "deposit.message.demande"]


@pytest.mark.clause("DEP-63/a", "DEP-63/e", "DEP-63/f")
def test_a_promise_missed_is_said_to_the_person_and_alerts_the_supervisor(deposit: Deposit, agent: Screen) -> None:
    person = a_person(deposit, nom="Attente")
    demande = filed(person, days(100))
    supervisor = an_agent(deposit, "superviseur", agent_id="agent-sup")
    home = signed_in(deposit, person)

    made = promise(agent, demande)
    waiting = home.text(f"/demandes/{demande}")
    deposit.advance(7)
    last_day = supervisor.text("/agents/promesses/")
    deposit.advance(1)

    assert made == 303
    assert "Envoyer une convocation : Convocation au guichet" in waiting and "En attente" in waiting
    assert "Attente" not in last_day
    assert [message["modele"] for message in told(person)] == ["promesse_manquee"]
    assert "Convocation au guichet" in told(person)[0]["contenu"]
    assert "n’a pas été tenue à temps" in supervisor.text("/agents/")
    assert "Attente" in supervisor.text("/agents/promesses/")
    assert "Un responsable de la préfecture est prévenu" in home.text(f"/demandes/{demande}")
    assert "Pas faite à temps" in home.text("/espace")
    deposit.advance(20)
    assert len(told(person)) == 1


@pytest.mark.clause("DEP-63/a")
def test_a_promise_kept_in_time_alerts_nobody(deposit: Deposit, agent: Screen) -> None:
    person = a_person(deposit)
    demande = filed(person, days(100))
    promise(agent, demande)
    made = person.call("GET", f"/usagers/{person.usager_id}/promesses").json["promesses"][0]

    kept = agent.post(f"/agents/promesses/{made['promesse_id']}/tenue", page=f"/agents/demandes/{demande}")
    deposit.advance(10)

    after = person.call("GET", f"/usagers/{person.usager_id}/promesses").json["promesses"][0]
    assert kept.status_code == 303
    assert (made["etat"], after["etat"]) == ("A_TENIR", "TENUE")
    assert told(person) == []


def test_a_missed_promise_stays_owed_until_somebody_keeps_it_and_the_person_may_say_so(
    deposit: Deposit, agent: Screen
) -> None:
    person = a_person(deposit)
    promise(agent, filed(person, days(100)))
    deposit.advance(8)
    made = person.call("GET", f"/usagers/{person.usager_id}/promesses").json["promesses"][0]
    token = deposit.agent("superviseur", agent_id="agent-compte")
    before = deposit.call("GET", "/agents/promesses", token).json["comptes"]

    home = signed_in(deposit, person)
    said = home.post(f"/promesses/{made['promesse_id']}/tenue", page="/espace")

    after = deposit.call("GET", "/agents/promesses", token).json["comptes"]
    assert (made["etat"], said.status_code) == ("MANQUEE", 303)
    assert after["MANQUEE"] == before["MANQUEE"] - 1 and after["TENUE"] == before["TENUE"] + 1


@pytest.mark.clause("DEP-63/a")
@pytest.mark.parametrize("genre", ["convocation", "rappel", "retour", "document", "autre"])
def test_a_promise_to_a_person_without_demande_is_a_task_too(deposit: Deposit, genre: str) -> None:
    person = a_person(deposit)
    token = deposit.agent("prefecture", agent_id="agent-guichet")

    said = {"genre": genre, "jour": days(2)}
    made = deposit.call("POST", f"/usagers/{person.usager_id}:promettre", token, json=said)
    deposit.advance(3)

    assert made.status_code == 200 and made.json["etat"] == "A_TENIR"
    assert [message["modele"] for message in told(person)] == ["promesse_manquee"]


@pytest.mark.parametrize(
    ("genre", "jour", "code"),
    [("inconnue", 3, "PROMESSE_INCONNUE"), ("rappel", -1, "JOUR_DE_PROMESSE"), ("rappel", 400, "JOUR_DE_PROMESSE")],
)
def test_a_promise_without_kind_or_day_is_refused(deposit: Deposit, genre: str, jour: int, code: str) -> None:
    demande = filed(a_person(deposit), days(100))
    token = deposit.agent("instructeur", agent_id="agent-promet")

    refused = deposit.call("POST", f"/demandes/{demande}:promettre", token, json={"genre": genre, "jour": days(jour)})

    assert (refused.status_code, refused.json["code"]) == (422, code)


@pytest.mark.clause("DEP-43/a")
def test_nobody_else_reads_or_keeps_a_promise_and_it_moves_with_the_dossier(deposit: Deposit, agent: Screen) -> None:
    person, other = a_person(deposit), a_person(deposit)
    demande = filed(person, days(100))
    promise(agent, demande)
    agent.confirm(f"/agents/demandes/{demande}/actes/remonter", objet="autre", texte="Fiche illisible, à Marseille.")
    made = person.call("GET", f"/usagers/{person.usager_id}/promesses").json["promesses"][0]
    elsewhere = deposit.agent("superviseur", prefectures=("13",), agent_id="agent-13")
    path = f"/promesses/{made['promesse_id']}:tenir"

    assert other.call("POST", path).status_code == 404
    assert other.call("GET", f"/usagers/{person.usager_id}/promesses").status_code == 404
    assert deposit.call("POST", path, elsewhere).status_code == 403
    assert made["promesse_id"] not in deposit.call("GET", "/agents/promesses?etat=A_TENIR", elsewhere).text

    token = deposit.agent("instructeur", agent_id="agent-transfere")
    moved = deposit.call("POST", f"/demandes/{demande}:transferer", token, json={"prefecture": "13"})
    meta = Meta(clock.new_id(), TRANSFEREE, "demande", 1, person.usager_id, clock.today(), clock.now())
    HANDLERS[TRANSFEREE][1](events_pb2.DemandeTransferee(demande_id=demande), meta)
    assert moved.status_code == 200
    assert made["promesse_id"] in deposit.call("GET", "/agents/promesses?etat=A_TENIR", elsewhere).text
    assert made["promesse_id"] not in deposit.call("GET", "/agents/promesses?etat=A_TENIR", token).text
    assert deposit.call("POST", path, elsewhere).status_code == 200
    programme = an_agent(deposit, "bureau_national", prefectures=("13",), agent_id="agent-bn-13")
    assert "Bouches-du-Rhône (13)" in programme.text("/agents/remontees/")


@pytest.fixture(scope="module")
def ccc(deposit: Deposit) -> Iterator[rpc.Client]:
    """The contact centre, as a client of a running deposit."""
    server, port = rpc.create_server(
        replace(deposit.settings, rpc_port=0),
        servicers.ALLOWED,
        lambda made: servicers.add_servicers(made, Blocage, str),
    )
    server.start()
    client = rpc.Client(replace(deposit.settings, service="ccc", rpc_addresses={"deposit": f"127.0.0.1:{port}"}))
    yield client
    client.close()
    server.stop(grace=1).wait()


def test_what_another_channel_promises_is_the_same_task_noted_once(deposit: Deposit, ccc: rpc.Client) -> None:
    person = a_person(deposit)
    request = deposit_pb2.NoterPromesseRequest(
        request_id="appel-1", usager_id=person.usager_id, genre="rappel", echeance_date=days(2), texte="Rappel lundi"
    )

    answers = [
        ccc.call("deposit", f"{servicers.NAME}/NoterPromesse", request, deposit_pb2.NoterPromesseResponse, deadline=8)
        for _ in range(2)
    ]
    deposit.advance(3)

    seen = person.call("GET", f"/usagers/{person.usager_id}/promesses").json["promesses"]
    assert {answer.promesse_id for answer in answers} == {seen[0]["promesse_id"]} and len(seen) == 1
    assert (seen[0]["etat"], seen[0]["texte"]) == ("MANQUEE", "Rappel lundi")
    unknown = deposit_pb2.NoterPromesseRequest(
        request_id="appel-2", usager_id="personne", genre="rappel", echeance_date=days(2)
    )
    with pytest.raises(Refused):
        ccc.call("deposit", f"{servicers.NAME}/NoterPromesse", unknown, deposit_pb2.NoterPromesseResponse, deadline=8)
