"""What tests of the rupture watch read: the queue of agents, the figures, what was said of a demande."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chassis import clock, mongo, sealed
from services.deposit.cadre import cadre
from tests.deposit.conftest import Deposit, Personne


def secret_of(prive: dict[str, Any], champ: str) -> str:
    """The code or the link of a message, which notify alone can open."""
    sealed_value = json.loads(prive["contenu"])["champs"][champ]
    assert sealed.is_sealed(sealed_value), "it stands in clear in the history"
    return sealed.unseal(replace(cadre().settings, service="notify"), sealed_value)


def days(count: int) -> str:
    """The legal day `count` days from today."""
    return (clock.today() + timedelta(days=count)).isoformat()


def queue(deposit: Deposit, token: str, demande_id: str) -> tuple[int, dict[str, Any]]:
    """The place of a dossier in the queue, and its line."""
    rows = (deposit.call("GET", "/agents/bureau", token).json or {})["demandes"]
    place = next(index for index, row in enumerate(rows) if row["demande_id"] == demande_id)
    return place, dict(rows[place])


def rupture_reason(line: dict[str, Any]) -> dict[str, str]:
    """The reason of the watch beside a line of the queue, when there is one."""
    return next((dict(reason) for reason in line["raisons"] if reason["code"] == "rupture"), {})


def counted(deposit: Deposit, token: str) -> list[dict[str, Any]]:
    """The figures of the ruptures that this agent may read."""
    return list((deposit.call("GET", "/agents/ruptures", token).json or {})["ruptures"])


def messages(demande_id: str) -> list[str]:
    """Templates of what was said of a demande (nothing is relayed here)."""
    found = mongo.database("deposit")["demandes"].find_one({"_id": demande_id}) or {}
    return [e["prive"]["modele"] for e in found["outbox"] if e.get("subject") == "deposit.message.demande"]


def told(demande_id: str, modele: str) -> dict[str, Any]:
    """The fields of the one message of this template about a demande."""
    found = mongo.database("deposit")["demandes"].find_one({"_id": demande_id}) or {}
    said = [entry["prive"] for entry in found["outbox"] if entry.get("subject") == "deposit.message.demande"]
    (one,) = [json.loads(prive["contenu"])["champs"] for prive in said if prive["modele"] == modele]
    return dict(one)


def filed(person: Personne, end: str, **choix: Any) -> str:
    """A demande of this person for the renewal of a title that ends on that day."""
    return str(person.file(titre_code="etudiant", fin_titre_date=end, **choix)["demande_id"])
