"""The codes that went to the ways that a person gave, read where they are made: a mailbox need not be waited for.

People of a demonstration, of a story or of a load confirm by the public interface as anybody; only the reading of the
message is spared. `tests/parcours` reads one in the mailbox.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from chassis import sealed
from chassis.settings import Settings
from dev.stack import Stack
from sejour.message.v1 import message_pb2

MODELE = "moyen_a_confirmer"


def codes_sent(deposit: Database[dict[str, Any]], notify: Settings, usager_id: str) -> dict[str, str]:
    """The last code sent to each way that waits for one, by its way."""
    account = deposit["usagers"].find_one({"_id": usager_id}, {"outbox": 1}) or {"outbox": []}
    facts = [*deposit["faits"].find({"aggregate": usager_id}).sort("version", 1), *account["outbox"]]
    codes = {}
    for fact in facts:
        prive = fact.get("prive") or {}
        if prive.get("modele") == MODELE:
            asked = message_pb2.MessageDemande.FromString(fact["payload"])
            voie = asked.destinataire_id.removeprefix(f"{usager_id}-").upper()
            codes[voie] = sealed.unseal(notify, json.loads(prive["contenu"])["champs"]["code"])
    return codes


@cache
def _store(mongodb_uri: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(mongodb_uri)


def to_give_back(stack: Stack, opened: dict[str, Any]) -> list[dict[str, str]]:
    """What an account just opened still has to send to `/moi:confirmer`, one for each way."""
    if not opened.get("a_confirmer"):
        return []
    notify = Settings.from_env("notify", stack.env_for("notify", "worker"))
    codes = codes_sent(_store(stack.mongodb_uri)["sejour_deposit"], notify, str(opened["usager_id"]))
    return [{"voie": voie, "code": code} for voie, code in codes.items()]
