"""A proof for one purpose in the other position of the switch, where not every document says the right to work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chassis import clock
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import preuves
from tests.conftest import Mongo
from tests.deposit.conftest import Deposit, a_person, start
from tests.deposit.desk import Screen
from tests.deposit.justificatif.test_justificatifs import checked


@pytest.fixture
def deposit(mongo: Mongo, tmp_path: Path) -> Iterator[Deposit]:
    """A deposit in the law in force, where an attestation de décision favorable says nothing of work."""
    yield from start(mongo, tmp_path, REGLES="droit_en_vigueur")


def test_the_paper_that_proves_the_purpose_is_shown_though_another_lasts_longer(deposit: Deposit) -> None:
    """The attestation of the demande granted has no end and says nothing of work; that of the other demande does."""
    end = (clock.today() + timedelta(days=70)).isoformat()
    person, anybody = a_person(deposit, nom="Deuxpapiers", numero_etranger="7399900001"), Screen(deposit)
    agent = deposit.agent("instructeur", agent_id="agent-instruit")
    student, visitor = (person.file(titre_code=code, fin_titre_date=end) for code in ("etudiant", "visiteur"))
    for demande in (student, visitor):
        deposit.call("POST", f"/demandes/{demande['demande_id']}:complete", agent)
    deposit.advance(71)
    deposit.call("POST", f"/demandes/{visitor['demande_id']}:favorable", agent)
    proofs = preuves.of_person(Usager.objects(id=person.usager_id).first(), clock.today())
    assert [(proof.demande_id, proof.fin is None) for proof in proofs] == [
        (visitor["demande_id"], True),
        (student["demande_id"], False),
    ]
    made = person.call("POST", f"/usagers/{person.usager_id}/justificatifs", json={"usage": "travail"})

    assert made.status_code == 201, made.json
    assert "travailler" in checked(anybody, made.json["code"], "travail")
