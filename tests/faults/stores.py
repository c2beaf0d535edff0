"""What the stores, the mail sink and the documents hold of one run's people, read from outside by the operator."""

from __future__ import annotations

import email
import email.policy
import importlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from pymongo import MongoClient

from dev.stack import Stack

Doc = dict[str, Any]


@dataclass(frozen=True)
class Mail:
    """One copy of an e-mail as the sink stored it."""

    message_id: str
    to: str
    attachments: tuple[str, ...]


@dataclass
class Stores:
    """Documents of the people whose address ends with `domain`, by collection; what follows them by their parcours."""

    usagers: list[Doc] = field(default_factory=list)
    demandes: list[Doc] = field(default_factory=list)
    messages: list[Doc] = field(default_factory=list)
    envois: list[Doc] = field(default_factory=list)
    contacts: dict[str, Doc] = field(default_factory=dict)
    parcours: dict[str, Doc] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    # By service: the log, the ids of what took effect there, what was set aside, the aggregates that keep a history.
    faits: dict[str, list[Doc]] = field(default_factory=dict)
    recus: dict[str, set[str]] = field(default_factory=dict)
    rejets: dict[str, list[Doc]] = field(default_factory=dict)
    aggregates: dict[str, list[Doc]] = field(default_factory=dict)

    def facts_of(self, service: str) -> dict[str, list[Doc]]:
        """The log of a service by aggregate, in order of version."""
        found: dict[str, list[Doc]] = defaultdict(list)
        for fact in sorted(self.faits[service], key=lambda fact: int(fact["version"])):
            found[fact["aggregate"]].append(fact)
        return found


def address_of(usager: Doc) -> str:
    """The e-mail that she gave, confirmed or not yet."""
    return str(usager.get("courriel") or usager.get("a_confirmer", {}).get("COURRIEL", ""))


def read(stack: Stack, client: MongoClient[Doc], domain: str) -> Stores:
    """Everything once. Collections are read whole: a filter without index is refused, and they are small."""
    deposit, notify = client["sejour_deposit"], client["sejour_notify"]
    stores = Stores(usagers=[d for d in deposit["usagers"].find() if address_of(d).endswith(domain)])
    parcours = {usager["parcours_id"] for usager in stores.usagers}
    stores.demandes = _of(deposit["demandes"].find(), parcours)
    stores.messages = _of(notify["messages"].find(), parcours)
    stores.envois = _of(notify["envois"].find(), parcours)
    stores.contacts = {contact["_id"]: contact for contact in notify["contacts"].find()}
    stores.parcours = {found["_id"]: found for found in notify["parcours"].find()}
    for service in stack.services:
        database = client[f"sejour_{service}"]
        stores.faits[service] = [fact for fact in database["faits"].find() if fact["parcours"] in parcours]
        stores.recus[service] = {found["_id"] for found in database["recus"].find({}, {"_id": 1})}
        stores.rejets[service] = [r for r in database["rejets"].find() if _parcours_of(r) in parcours]
        stores.aggregates[service] = [
            found
            for name in database.list_collection_names()
            for found in _of(database[name].find(), parcours)
            if "last_hash" in found
        ]
    stores.mails = _mails(stack, domain)
    return stores


def subjects_of(service: str) -> set[str]:
    """The facts that a service acts on, by its own table."""
    return set(importlib.import_module(f"services.{service}.consumers").HANDLERS)


def _of(found: Any, parcours: set[str]) -> list[Doc]:
    return [doc for doc in found if doc.get("parcours_id") in parcours]


def _parcours_of(rejet: Doc) -> str:
    return str(rejet["headers"].get("sejour-parcours", ""))


def _mails(stack: Stack, domain: str) -> list[Mail]:
    folder = stack.data / "boites"
    journal = folder / "courriels.jsonl"
    found = []
    for text in journal.read_text(encoding="utf-8").splitlines() if journal.exists() else ():
        line = json.loads(text)
        if any(str(address).endswith(domain) for address in line["to"]):
            found.append(Mail(line["message_id"], line["to"][0], _attachments(folder / f"{line['id']}.eml")))
    return found


def _attachments(path: Any) -> tuple[str, ...]:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return tuple(str(part.get_filename()) for part in message.iter_attachments() if part.get_content()[:5] == b"%PDF-")
