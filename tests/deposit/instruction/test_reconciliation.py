"""The préfecture's view against what the persons sent: what leaves it is counted, brought back and told (DEP-29)."""

from __future__ import annotations

from typing import Any

import pytest

from chassis import event_log, mongo
from services.deposit.__main__ import SERVICE
from services.deposit.dossier.store.demande import Demande
from services.deposit.instruction.actions import file_attente, receptions
from tests import drain
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import an_agent


def kept(name: str, demande_id: str) -> dict[str, Any]:
    """What one side holds of a demande."""
    return mongo.database("deposit")[name].find_one({"_id": demande_id}) or {}


def receipts(demande_id: str) -> list[str]:
    """What each receipt says that the préfecture sees."""
    facts = event_log.history(Demande, mongo.database("deposit"), demande_id)
    return [f["prive"]["contenu"] for f in facts if f["prive"].get("modele") == "reception_confirmee"]


def filed(deposit: Deposit, prefecture: str) -> tuple[Personne, str]:
    """Somebody and her demande, which the view of her préfecture holds."""
    person = a_person(deposit, prefecture=prefecture)
    demande_id = person.file(titre_code="visiteur", prefecture=prefecture)["demande_id"]
    file_attente.project(demande_id)
    return person, demande_id


def _look(agent: Any) -> str:
    """An agent reads the queue, then the worker compares both views as she asked."""
    page: str = agent.text("/agents/")
    file_attente.look_again()
    return page


@pytest.mark.clause("DEP-29/f", "DEP-29/g")
def test_what_left_the_view_is_counted_thing_by_thing_then_brought_back_and_told(deposit: Deposit) -> None:
    (lost, lost_id), (stale, stale_id), (_gone, gone_id) = (filed(deposit, "38") for _ in range(3))
    lines = mongo.database("deposit")["file_agents"]
    for person, demande_id in ((lost, lost_id), (stale, stale_id)):
        before = lines.find_one({"_id": demande_id}) or {}
        person.add(demande_id, "autre")
        person.add(demande_id, "autre")
        person.call("PUT", f"/demandes/{demande_id}/reponses", json={"reponses": {"precisions": "Deux mots"}})
        file_attente.project(demande_id)
        drain.outboxes(SERVICE)
        # The view of this demande goes back to where it was, as after a restored copy: same state, same count of lines.
        lines.replace_one({"_id": demande_id}, before | {"version": 10_000})
    lines.delete_one({"_id": lost_id})
    # A line that no living demande stands for makes up for the one that is missing.
    lines.insert_one((lines.find_one({"_id": gone_id}) or {}) | {"_id": "partie", "reference": "D-PARTIE"})

    missed = receptions.differences(["38"])
    said = receipts(lost_id)
    agent = an_agent(deposit, "instructeur", prefectures=("38",))
    queues = [_look(agent) for _ in range(4)]

    assert missed == {lost_id: 4, stale_id: 3, "partie": 1}
    assert "envoyés qui manquaient dans cette vue : 7." in queues[1]
    assert "Tout ce que les personnes ont envoyé est dans cette vue." in queues[3]
    assert len(receipts(lost_id)) == len(said) + 1
    assert "Vos pièces" in receipts(lost_id)[-1]
    assert "Vos réponses corrigées" in receipts(lost_id)[-1]
    assert kept("file_agents", stale_id)["envois"] == {"depots": 1, "pieces": 2, "changements": 1}
    assert receptions.differences(["38"]) == {}


def test_what_the_view_never_held_is_brought_in_and_confirmed_once(deposit: Deposit) -> None:
    person = a_person(deposit, prefecture="39")
    demande_id = person.file(titre_code="visiteur", prefecture="39")["demande_id"]
    database = mongo.database("deposit")
    # As an earlier release wrote it: its view came after, by a fact.
    database["file_agents"].delete_one({"_id": demande_id})
    database["demandes"].update_one({"_id": demande_id}, {"$unset": {"vue_version": 1, "vue_envois": 1}})

    assert receptions.differences(["39"]) == {demande_id: 1}
    file_attente.watch()
    file_attente.watch()
    assert len(receipts(demande_id)) == 2
