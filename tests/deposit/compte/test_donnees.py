"""A person takes away all that is kept of her, and nothing that opens an account or belongs to another."""

from __future__ import annotations

import json

from tests.deposit.conftest import Deposit, a_person


def test_a_person_takes_her_data_away_and_nobody_elses(deposit: Deposit) -> None:
    awa = a_person(deposit, courriel="awa-donnees@exemple.test")
    other = a_person(deposit, nom="Autre", courriel="autre-donnees@exemple.test")
    filed = awa.file(titre_code="etudiant")
    other.file(titre_code="visiteur")

    kept = awa.call("GET", "/moi/donnees").json

    assert kept["compte"][0]["courriel"] == "awa-donnees@exemple.test"
    assert [demande["reference"] for demande in kept["demandes"]] == [filed["reference"]]
    assert kept["demandes"][0]["pieces"][0]["sha256"] and kept["demandes"][0]["attestations"][0]["numero"]
    assert "deposit.demande.deposee" in {fact["fait"] for fact in kept["historique"][filed["reference"]]}
    text = json.dumps(kept)
    assert not [word for word in ("password", "codes_papier", "graine", "outbox", "autre-donnees") if word in text]


def test_nobody_else_asks_for_them(deposit: Deposit) -> None:
    assert deposit.call("GET", "/moi/donnees").status_code == 401
    assert deposit.call("GET", "/moi/donnees", deposit.agent("instructeur")).status_code == 403
