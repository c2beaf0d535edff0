"""In the other position of the switch a machine closes; one act undoes it with all its effects (DEP-38)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from chassis import clock, mongo
from tests.conftest import Mongo
from tests.deposit.conftest import Deposit, Personne, a_person, start
from tests.deposit.desk import an_agent, signed_in
from tests.deposit.messages import days, filed, messages


@pytest.fixture(scope="module")
def deposit(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deposit]:
    """A deposit in the law in force."""
    yield from start(mongo, tmp_path_factory.mktemp("vigueur"), REGLES="droit_en_vigueur")


_NUMBERS = iter(range(7_300_000_001, 7_400_000_000))


def closed_by_the_machine(deposit: Deposit, end: int, complete: bool = False) -> tuple[Personne, str, str]:
    """A demande whose pieces did not come in time; gives the person, the demande, the day of the request."""
    person = a_person(deposit, numero_etranger=str(next(_NUMBERS)))
    token = deposit.agent("instructeur")
    demande = filed(person, days(end))
    if complete:
        deposit.call("POST", f"/demandes/{demande}:complete", token)
    asked = clock.today().isoformat()
    body = {"pieces": ["domicile"], "texte": ""}
    assert deposit.call("POST", f"/demandes/{demande}:demander-pieces", token, json=body).status_code == 200
    deposit.advance(31)
    return person, demande, asked


def apis(person: Personne, demande: str) -> list[dict[str, Any]]:
    return [d for d in person.read(demande)["documents"] if d["nature"] == "API"]


@pytest.mark.clause("DEP-38/e")
def test_a_machine_closes_with_every_reason_and_one_act_undoes_state_dates_and_documents(deposit: Deposit) -> None:
    person, demande, _ = closed_by_the_machine(deposit, end=90, complete=True)
    closed = person.read(demande)
    end = date.fromisoformat(closed["fin_titre_date"])
    deposit.advance((end - clock.today()).days + 20)
    without = apis(person, demande)
    agent = an_agent(deposit, "instructeur")

    preview, done = agent.confirm(f"/agents/demandes/{demande}/actes/annuler-fermeture", motif="Pièces au guichet")
    after = person.read(demande)

    assert (closed["state"], messages(demande).count("demande_close")) == ("CLOSE", 1)
    assert without == [] and done.status_code == 303
    assert "rouverte" in preview.text
    assert after["state"] == "PIECES_DEMANDEES"
    assert (after["depot_date"], after["retenue_date"]) == (closed["depot_date"], closed["retenue_date"])
    assert apis(person, demande)[0]["debut_date"] == (end + timedelta(days=1)).isoformat()
    assert messages(demande).count("demande_rouverte") == 1
    deposit.advance(90)
    assert person.read(demande)["state"] == "PIECES_DEMANDEES"


@pytest.mark.clause("DEP-38/f")
def test_what_the_closing_kept_comes_back_and_the_agent_may_prolong(deposit: Deposit) -> None:
    person, demande, asked = closed_by_the_machine(deposit, end=300)
    token = deposit.agent("instructeur")
    other = filed(person, days(300))
    form = an_agent(deposit, "instructeur").text(f"/agents/demandes/{other}/actes/demander-pieces")
    request_id = person.read(demande)["pieces_demandees"][0]["id"]
    read = signed_in(deposit, person).text(f"/demandes/{demande}/demandes-pieces/{request_id}")
    assert "Au terme du délai, la machine ferme la demande" in form
    assert "Passé ce délai, la machine ferme la demande" in read

    undone = deposit.call("POST", f"/demandes/{demande}:annuler-fermeture", token, json={"motif": "erreur"})
    held = mongo.database("deposit")["demandes"].find_one({"_id": demande}) or {}
    again = deposit.call("POST", f"/demandes/{demande}:annuler-fermeture", token, json={"motif": "erreur"})
    prolonged = deposit.call("POST", f"/demandes/{demande}:prolonger", token, json={"jours": 10})
    deposit.advance(10)
    in_time = person.read(demande)["state"]
    deposit.advance(1)

    assert [undone.status_code, again.status_code, prolonged.status_code] == [200, 409, 200]
    assert held["state_date"] == asked
    assert (in_time, person.read(demande)["state"]) == ("PIECES_DEMANDEES", "CLOSE")


@pytest.mark.parametrize("role", ["prefecture", "ccc", "bureau_national"])
def test_who_does_not_instruct_does_not_undo_a_closing(deposit: Deposit, role: str) -> None:
    _, demande, _ = closed_by_the_machine(deposit, end=300)
    token = deposit.agent(role, agent_id=f"agent-{role}")

    refused = deposit.call("POST", f"/demandes/{demande}:annuler-fermeture", token, json={"motif": "erreur"})

    assert refused.status_code == 403
