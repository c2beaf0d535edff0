"""The préfecture's view against what the persons sent: what leaves it is counted, brought back and told (DEP-29)."""

from __future__ import annotations

from typing import Any

from chassis import mongo
from services.deposit.instruction.actions import file_attente
from tests.deposit.conftest import Deposit, a_person


def kept(name: str, demande_id: str) -> dict[str, Any]:
    """What one side holds of a demande."""
    return mongo.database("deposit")[name].find_one({"_id": demande_id}) or {}


def test_the_job_brings_back_what_left_the_view_and_confirms_it_anew_once(deposit: Deposit) -> None:
    person = a_person(deposit, prefecture="38")
    demande_id = person.file(titre_code="visiteur", prefecture="38")["demande_id"]

    def receipts() -> int:
        return [e["subject"] for e in kept("demandes", demande_id)["outbox"]].count("deposit.reception.confirmee")

    file_attente.project(demande_id)
    before = receipts()
    mongo.database("deposit")["file_agents"].delete_one({"_id": demande_id})
    missed = file_attente.difference(["38"])
    file_attente.watch()
    after = receipts()
    file_attente.watch()

    assert (before, missed, after, receipts()) == (1, 1, 2, 2)
    assert kept("file_agents", demande_id)["state"] == "DEPOSEE"
    assert file_attente.difference(["38"]) == 0


def test_what_the_view_never_held_is_brought_in_and_confirmed_once(deposit: Deposit) -> None:
    person = a_person(deposit, prefecture="39")
    demande_id = person.file(titre_code="visiteur", prefecture="39")["demande_id"]

    assert file_attente.difference(["39"]) == 1
    file_attente.watch()
    subjects = [entry["subject"] for entry in kept("demandes", demande_id)["outbox"]]
    assert subjects.count("deposit.reception.confirmee") == 1
