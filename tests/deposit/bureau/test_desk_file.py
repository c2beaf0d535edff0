"""The agents' queue: its order explains itself, its counts are true, and it holds only the agent's préfectures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis import clock
from tests.deposit.conftest import Deposit, a_person
from tests.deposit.desk import an_agent


@pytest.mark.clause("DEP-60/a", "DEP-60/g")
def test_the_dossier_whose_right_ends_first_comes_first_with_its_reason(deposit: Deposit) -> None:
    today = clock.today()
    late = a_person(deposit, nom="Tard").file(
        titre_code="etudiant", fin_titre_date=(today + timedelta(days=90)).isoformat()
    )
    soon = a_person(deposit, nom="Bientot").file(
        titre_code="etudiant", fin_titre_date=(today + timedelta(days=3)).isoformat()
    )

    page = an_agent(deposit, "instructeur").text("/agents/")
    rows = deposit.call("GET", "/agents/file", deposit.agent("instructeur")).json["demandes"]

    assert page.index(soon["reference"]) < page.index(late["reference"])
    shown = sorted((row["reference"] for row in rows), key=page.index)
    assert [row["reference"] for row in rows] == shown, "the API gives the queue of the desk"
    assert "Fin du document ou du titre" in page
