"""Fills the store to national size: models made through the public API, then copied in bulk into MongoDB.

A model is a real account and a real demande in each state, as deposit itself stored them; a copy changes what must be
unique and the dates. Identifiers come from the number of the copy, so filling again changes nothing. Each copy has its
line in the queue of its préfecture, as deposit made that of the model, so that nothing is left for a worker to make up
for. The history of the copies is not made: reconcilers would take it for a hundred thousand facts that they missed.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import BulkWriteError

from chassis import clock
from documents import numero
from loadtests import accounts
from loadtests.models import Modeles

BATCH = 1000
DUPLICATE_KEY = 11000
# Of a hundred demandes; the filing dates go back a year.
PARTS = {
    "BROUILLON": 8,
    "DEPOSEE": 20,
    "PIECES_DEMANDEES": 7,
    "COMPLETE": 25,
    "FAVORABLE": 15,
    "TITRE_PRET": 5,
    "REMISE": 20,
}
# Of a hundred demandes, how many are of the préfecture whose agents work in the load; the rest is spread.
HERE = 30
ELSEWHERE = ("13", "2A", "69", "93", "974")
OLDEST_DAYS = 365
Document = dict[str, Any]


class Filler:
    """Copies models until the store holds `wanted` demandes with their persons and contacts."""

    def __init__(self, mongodb_uri: str, folder: Path, today: date) -> None:
        self._client: MongoClient[Document] = MongoClient(mongodb_uri)
        self._mark = folder / "remplissage.json"
        self._today = today

    @property
    def done(self) -> int:
        """How many were copied in earlier runs."""
        return int(json.loads(self._mark.read_text())["demandes"]) if self._mark.exists() else 0

    def fill(self, modeles: Modeles, wanted: int) -> int:
        """Returns how many were added."""
        usagers, demandes = modeles.usagers(self._client), modeles.demandes(self._client)
        contacts, lignes = modeles.contacts(self._client), modeles.lignes(self._client)
        begun = self.done
        for start in range(begun, wanted, BATCH):
            numbers = range(start, min(start + BATCH, wanted))
            persons = [_usager(usagers[n % len(usagers)], n) for n in numbers]
            self._insert("sejour_deposit", "usagers", persons)
            self._insert("sejour_notify", "contacts", [_contact(contacts[n % len(contacts)], n) for n in numbers])
            copies = [(_model(demandes, n), _demande(_model(demandes, n), n, self._today)) for n in numbers]
            self._insert("sejour_deposit", "demandes", [copy for _, copy in copies])
            filed = [(lignes[model["_id"]], copy) for model, copy in copies if model["_id"] in lignes]
            self._insert("sejour_deposit", "file_agents", [_ligne(line, copy) for line, copy in filed])
            self._mark.write_text(json.dumps({"demandes": numbers.stop}))
        return max(0, wanted - begun)

    def count(self) -> int:
        """How many demandes the store holds, by its own metadata."""
        return self._client["sejour_deposit"]["demandes"].estimated_document_count()

    def dossiers(self, state: str, wanted: int) -> list[str]:
        """Copied demandes in this state, of the préfecture whose agents work."""
        criteria = {"prefecture": accounts.PREFECTURE, "state": state}
        copied = {"_id": {"$regex": "^charge-"}}
        found = self._client["sejour_deposit"]["demandes"].find(criteria | copied, {"_id": 1}).limit(wanted)
        return [str(line["_id"]) for line in found]

    def messages(self) -> int:
        """How many messages notify has been asked for."""
        return self._client["sejour_notify"]["messages"].estimated_document_count()

    def _insert(self, database: str, collection: str, docs: list[Document]) -> None:
        if not docs:
            return
        try:
            self._client[database][collection].insert_many(docs, ordered=False)
        except BulkWriteError as error:
            # Those of a filling that was cut short are there already.
            if any(fault["code"] != DUPLICATE_KEY for fault in error.details["writeErrors"]):
                raise


def states() -> Iterator[str]:
    """A hundred states in their parts, mixed so that each thousand copies looks like the whole."""
    hundred = [state for state, part in PARTS.items() for _ in range(part)]
    random.Random(100).shuffle(hundred)  # noqa: S311 (a mixture, no secret)
    return iter(hundred)


_HUNDRED = tuple(states())


def _model(demandes: dict[str, list[Document]], number: int) -> Document:
    of_state = demandes[_HUNDRED[number % len(_HUNDRED)]]
    return of_state[number // len(_HUNDRED) % len(of_state)]


def _usager(model: Document, number: int) -> Document:
    key = str(model["cle_identite"]).removeprefix(str(model["nom"]).upper())
    made = {
        "_id": accounts.usager_id(number),
        "parcours_id": f"charge-parcours-{number:07d}",
        "identifiant": accounts.identifiant(number),
        "nom": accounts.nom(number),
        "numero_etranger": accounts.numero_etranger(number),
        "cle_identite": accounts.nom(number).upper() + key,
    }
    if model.get("courriel"):
        made["courriel"] = accounts.courriel(number)
    if model.get("telephone"):
        made["telephone"] = accounts.telephone(number)
    return model | made


def _contact(model: Document, number: int) -> Document:
    made = {"_id": accounts.usager_id(number), "nom": f"Exemple {accounts.nom(number)}"}
    if model.get("courriel"):
        made["courriel"] = accounts.courriel(number)
    if model.get("telephone"):
        made["telephone"] = accounts.telephone(number)
    return model | made


def _demande(model: Document, number: int, today: date) -> Document:
    made = copy.deepcopy(model)
    filed = (today - timedelta(days=number % OLDEST_DAYS)).isoformat()
    made |= {
        "_id": accounts.demande_id(number),
        "parcours_id": f"charge-parcours-{number:07d}",
        "usager_id": accounts.usager_id(number),
        "reference": f"D-L{number // 10_000:03d}-{number % 10_000:04d}",
        "prefecture": accounts.PREFECTURE if number % 100 < HERE else ELSEWHERE[number % len(ELSEWHERE)],
    }
    made |= {day: filed for day in ("cree_date", "state_date", "depot_date", "retenue_date") if made.get(day)}
    renamed: dict[str, str] = {}
    for attestation in made.get("attestations", []):
        renamed[attestation["numero"]] = numero.new(numero.SERVICE_DIGITS["deposit"])
    for attestation in made.get("attestations", []):
        for name in ("numero", "remplace", "remplacee_par"):
            attestation[name] = renamed.get(attestation.get(name, ""), attestation.get(name, ""))
    for piece in made.get("pieces", []):
        piece["id"] = clock.new_id()
    return made


def _ligne(model: Document, demande: Document) -> Document:
    """The line of a copy: it holds what its demande holds, received on the day of the filing."""
    same = ("_id", "usager_id", "reference", "prefecture", "version", "depot_date", "retenue_date")
    made = {name: demande[name] for name in same if name in demande}
    return model | made | {"recue_date": demande.get("depot_date", model["recue_date"])}
