"""Every page and list of deposit over a large store: none reads more than sixty documents of a collection at once."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.database import Database

from chassis import clock, mongo
from services.deposit.instruction.actions import delais, file_attente
from tests.conftest import Mongo
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import Screen, an_agent, signed_in
from tests.profiler import Profiled

COPIES, MOST_EXAMINED = 3000, 60
PREFECTURES = ("75", "13", "2A", "69", "974")
ROLES = ("superviseur", "instructeur", "prefecture", "bureau_national", "exploitant", "ccc_superviseur")
PARAM = re.compile(r"<(?:[a-z]+(?:\([^)]*\))?:)?([a-z_]+)>")
# What may read more, and why.
ARGUED = {
    # The figures of ruptures are read off the ruptures alone, which the watch keeps rare.
    "ruptures",
}


def fill(db: Database[dict[str, Any]]) -> None:
    """Copies what a few acts left, in every collection, as a national store would hold it."""
    for name in db.list_collection_names():
        models = [] if name.startswith("system.") else list(db[name].find({"_id": {"$gt": ""}}).limit(3))
        if not models:
            continue
        unique = {
            field for index in db[name].index_information().values() if index.get("unique") for field, _ in index["key"]
        }
        copies = [_copied(models[number % len(models)], number, unique) for number in range(COPIES)]
        db[name].insert_many(copies, ordered=False)


def _copied(model: dict[str, Any], number: int, unique: set[str]) -> dict[str, Any]:
    made = copy.deepcopy(model) | {"_id": f"{model['_id']}-{number:05}"}
    for field in unique & made.keys():
        if made[field]:
            made[field] = f"{made[field]}-{number:05}"
    if "outbox" in made:
        made |= {"outbox": [], "request_ids": []}
    if made.get("prefecture"):
        made["prefecture"] = PREFECTURES[number % len(PREFECTURES)]
    if made.get("usager_id"):
        made["usager_id"] = f"{made['usager_id']}-{number:05}"
    return made


@pytest.fixture(scope="module")
def lived(deposit: Deposit) -> tuple[Personne, str]:
    """A person whose life left something in most collections, in a store of national size."""
    person = a_person(deposit, courriel="lectures@exemple.test")
    demande_id = person.file(titre_code="etudiant", fin_titre_date=clock.today().isoformat())["demande_id"]
    person.begin(titre_code="visiteur")
    agent = deposit.agent("instructeur", agent_id="agent-75")
    deposit.call("POST", f"/demandes/{demande_id}:demander-pieces", agent, json={"pieces": ["domicile"]})
    person.call("POST", f"/demandes/{demande_id}/messages", json={"texte": "Bonjour"})
    promised = {"genre": "rappel", "texte": "On vous rappelle", "echeance_date": clock.today().isoformat()}
    deposit.call("POST", f"/usagers/{person.usager_id}/promesses", agent, json=promised)
    file_attente.project(demande_id)
    mongo.database("deposit")["demandes"].update_many({"_id": {"$gt": ""}}, {"$set": {"outbox": []}})
    fill(mongo.database("deposit"))
    delais.compute()
    return person, demande_id


@pytest.fixture(scope="module")
def screens(deposit: Deposit, lived: tuple[Personne, str]) -> dict[str, Screen]:
    """Who reads: she, and an agent of all préfectures with every role."""
    return {
        "usager": signed_in(deposit, lived[0]),
        "agent": an_agent(deposit, *ROLES, prefectures=("*",), agent_id="agent-partout"),
    }


def test_no_page_and_no_list_reads_more_than_sixty_documents(
    mongo: Mongo, deposit: Deposit, lived: tuple[Personne, str], screens: dict[str, Screen]
) -> None:
    person, demande_id = lived
    tokens = {
        "usager": person.token,
        "agent": deposit.agent(*ROLES, prefectures=("*",), agent_id="agent-partout"),
    }
    profile = mongo.client["sejour_deposit"]["system.profile"]
    looked_at = Profiled(mongo.client, ["sejour_deposit"])
    looked_at.start()
    faults, opened, seen = [], 0, 0
    for path in _paths(deposit, {"demande_id": demande_id, "usager_id": person.usager_id}):
        for who, screen in screens.items():
            headers = {"Authorization": f"Bearer {tokens[who]}"} if "/api/" in path else {}
            answer = screen.client.get(path, headers=headers)
            assert answer.status_code < 500, (path, who, answer.text[:500])
            opened += answer.status_code == 200
            entries = list(profile.find())[seen:]
            seen += len(entries)
            faults += [f"{who} {path}: {_line(entry)}" for entry in entries if _reads_too_much(entry)]
    looked_at.stop()

    assert opened > 80
    assert faults == []


def test_a_queue_is_read_to_its_end_page_by_page_each_line_once(
    deposit: Deposit, lived: tuple[Personne, str], mongo: Mongo
) -> None:
    token = deposit.agent("instructeur", prefectures=("13", "69"), agent_id="agent-13")
    wanted = {"prefecture": {"$in": ["13", "69"]}, "filtres": "tout"}
    total = mongo.client["sejour_deposit"]["file_agents"].count_documents(wanted)
    read = list(_pages(deposit, token))

    assert len(read) == len(set(read)) == total


def _pages(deposit: Deposit, token: str) -> Iterator[str]:
    after = ""
    while True:
        page = deposit.call("GET", "/agents/file", token, query_string={"apres": after}).json
        assert page is not None
        yield from (row["demande_id"] for row in page["demandes"])
        after = page["suite"]
        if not after:
            return


def _paths(deposit: Deposit, known: dict[str, str]) -> list[str]:
    """Each GET of the map whose parts are known, in its order."""
    found = []
    for rule in deposit.client.application.url_map.iter_rules():
        names = set(PARAM.findall(rule.rule))
        if "GET" in (rule.methods or set()) and names <= known.keys() and rule.endpoint != "static":
            found.append(PARAM.sub(lambda part: known[part[1]], rule.rule))
    return sorted(set(found))


def _reads_too_much(entry: dict[str, Any]) -> bool:
    collection = entry["ns"].partition(".")[2]
    if collection.startswith("system.") or collection in ARGUED:
        return False
    return "COLLSCAN" in entry.get("planSummary", "") or entry.get("docsExamined", 0) > MOST_EXAMINED


def _line(entry: dict[str, Any]) -> str:
    asked = {name: value for name, value in entry["command"].items() if name not in ("lsid", "$clusterTime", "$db")}
    return f"{entry['ns']} {entry.get('planSummary')} {entry.get('docsExamined')} {str(asked)[:300]}"
