"""The filler copies models into a store of national size, and filling again changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from loadtests import accounts
from loadtests.fill import PARTS, Filler
from loadtests.models import PATHS, Modeles
from tests.conftest import Mongo

TODAY = date(2026, 11, 22)
WANTED = 1100


@pytest.fixture
def modeles(mongo: Mongo) -> Modeles:
    """Documents as deposit and notify store them, one for each state."""
    deposit, notify = mongo.client["sejour_deposit"], mongo.client["sejour_notify"]
    for collection in (deposit["usagers"], deposit["demandes"], deposit["file_agents"], notify["contacts"]):
        collection.delete_many({"_id": {"$gt": ""}})
    person = {"_id": "modele", "nom": "Modele", "cle_identite": "MODELE1990-05-17", "courriel": "m@exemple.test"}
    deposit["usagers"].insert_one(person | {"password_hash": "x", "outbox": [], "request_ids": ["r"]})
    notify["contacts"].insert_one({"_id": "modele", "contact_version": 1, "courriel": "m@exemple.test"})
    for state in PATHS:
        deposit["file_agents"].insert_one({"_id": state, "version": 1, "state": state, "recue_date": "2026-11-22"})
    for state in ("BROUILLON", *PATHS):
        deposit["demandes"].insert_one(
            {
                "_id": state,
                "reference": state,
                "state": state,
                "version": 3,
                "depot_date": "2026-11-22",
                "attestations": [
                    {"numero": f"{state}-1", "remplace": "", "remplacee_par": f"{state}-2"},
                    {"numero": f"{state}-2", "remplace": f"{state}-1", "remplacee_par": ""},
                ],
                "pieces": [{"id": "p"}],
                "request_ids": ["r"],
            }
        )
    return Modeles(["modele"], {state: [state] for state in ("BROUILLON", *PATHS)})


def test_every_copy_is_a_person_of_her_own_with_a_demande_and_a_contact(
    mongo: Mongo, modeles: Modeles, tmp_path: Path
) -> None:
    filler = Filler(mongo.uri, tmp_path, TODAY)
    assert filler.fill(modeles, WANTED) == WANTED
    deposit = mongo.client["sejour_deposit"]
    copies = list(deposit["demandes"].find({"_id": {"$gte": "charge-", "$lt": "charge."}}))
    assert len(copies) == WANTED
    for unique in ("reference", "usager_id", "parcours_id"):
        assert len({copy[unique] for copy in copies}) == WANTED
    numbers = [attestation["numero"] for copy in copies for attestation in copy["attestations"]]
    assert len(set(numbers)) == 2 * WANTED
    assert all(copy["attestations"][0]["remplacee_par"] == copy["attestations"][1]["numero"] for copy in copies)
    persons = list(deposit["usagers"].find({"_id": {"$gte": "charge-", "$lt": "charge."}}))
    for unique in ("identifiant", "courriel", "numero_etranger", "cle_identite"):
        assert len({person[unique] for person in persons}) == WANTED
    assert all(person["request_ids"] == [] and person["outbox"] == [] for person in persons)
    lines = {line["_id"]: line for line in deposit["file_agents"].find({"_id": {"$gte": "charge-", "$lt": "charge."}})}
    assert set(lines) == {copy["_id"] for copy in copies if copy["state"] != "BROUILLON"}
    held = ("usager_id", "reference", "prefecture", "state", "version", "depot_date")
    assert all(lines[copy["_id"]][name] == copy[name] for copy in copies if copy["_id"] in lines for name in held)
    contacts = mongo.client["sejour_notify"]["contacts"]
    assert contacts.find_one({"_id": accounts.usager_id(7)})["courriel"] == accounts.courriel(7)


def test_states_come_in_their_parts_and_the_agents_own_some(mongo: Mongo, modeles: Modeles, tmp_path: Path) -> None:
    Filler(mongo.uri, tmp_path, TODAY).fill(modeles, 1000)
    copies = list(mongo.client["sejour_deposit"]["demandes"].find({"_id": {"$gte": "charge-", "$lt": "charge."}}))
    found = {state: sum(copy["state"] == state for copy in copies) for state in PARTS}
    assert found == {state: 10 * part for state, part in PARTS.items()}
    here = {copy["state"] for copy in copies if copy["prefecture"] == accounts.PREFECTURE}
    assert {"DEPOSEE", "COMPLETE", "FAVORABLE"} <= here


def test_filling_again_adds_only_what_is_missing(mongo: Mongo, modeles: Modeles, tmp_path: Path) -> None:
    assert Filler(mongo.uri, tmp_path, TODAY).fill(modeles, 100) == 100
    assert Filler(mongo.uri, tmp_path, TODAY).fill(modeles, 100) == 0
    assert Filler(mongo.uri, tmp_path, TODAY).fill(modeles, 150) == 50


def test_a_filling_cut_short_is_taken_up(mongo: Mongo, modeles: Modeles, tmp_path: Path) -> None:
    Filler(mongo.uri, tmp_path / "..", TODAY).fill(modeles, 100)
    (tmp_path / ".." / "remplissage.json").unlink()
    filler = Filler(mongo.uri, tmp_path, TODAY)
    filler.fill(modeles, 120)
    assert filler.count() == 120 + len(PARTS)
