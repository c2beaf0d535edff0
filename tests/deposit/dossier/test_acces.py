"""Who may do what on a demande: each cell of the table of rules, by HTTP, for one's own dossier and for another's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock, mongo
from services.deposit.dossier.rules import acces
from services.deposit.dossier.rules.acces import (
    ACT,
    AIDANT,
    DEBLOQUER,
    DECIDER,
    INSTRUIRE,
    MAY,
    PROMETTRE,
    READ,
    REMETTRE,
    TITULAIRE,
)
from tests.deposit.conftest import Deposit, Personne, a_person

# Freezing an account comes last: its holder files nothing afterwards.
ACTS = (READ, ACT, INSTRUIRE, DECIDER, REMETTRE, PROMETTRE, DEBLOQUER)
ROLES = tuple(role for role in MAY if role not in (TITULAIRE, AIDANT))
FERMETURE = {"motif": "pièces absentes", "texte": "texte appliqué", "recours": ["recours gracieux"]}


@dataclass(frozen=True)
class Terrain:
    """What acts are tried on: a demande to read, instruct and close, another whose title can be said ready."""

    person: Personne
    open_one: str
    for_title: str


@pytest.fixture(scope="module")
def untouched(deposit: Deposit, decided: Callable[[Personne], str]) -> Terrain:
    """One ground for all who may change nothing: a refusal leaves it as it was."""
    return terrain(deposit, decided)


def terrain(deposit: Deposit, decided: Callable[[Personne], str]) -> Terrain:
    """A ground of one's own."""
    person = a_person(deposit)
    made = Terrain(person, decided(person), decided(person))
    favourable(deposit, made.for_title)
    return made


@pytest.fixture(scope="module")
def decided(deposit: Deposit) -> Callable[[Personne], str]:
    """Files a demande for a person; gives its identifier."""

    def file(person: Personne) -> str:
        end = (clock.today() + timedelta(days=60)).isoformat()
        return str(person.file(titre_code="etudiant", fin_titre_date=end)["demande_id"])

    return file


def attempt(deposit: Deposit, act: str, demande_id: str, usager_id: str, token: str) -> int:
    """The status of the route that stands for an act."""
    routes: dict[str, tuple[str, str, dict[str, Any] | None]] = {
        READ: ("GET", f"/demandes/{demande_id}", None),
        ACT: ("POST", f"/demandes/{demande_id}:renouveler", None),
        INSTRUIRE: ("POST", f"/demandes/{demande_id}:ecrire", {"texte": "Bonjour."}),
        DECIDER: ("POST", f"/demandes/{demande_id}:clore", FERMETURE),
        PROMETTRE: (
            "POST",
            f"/demandes/{demande_id}:promettre",
            {"genre": "rappel", "jour": clock.today().isoformat()},
        ),
        DEBLOQUER: ("POST", f"/usagers/{usager_id}:geler", None),
        REMETTRE: ("POST", f"/demandes/{demande_id}:titre-pret", {"lieu": "Préfecture d’exemple"}),
    }
    method, path, body = routes[act]
    kwargs = {} if body is None else {"json": body}
    return deposit.call(method, path, token, **kwargs).status_code


def favourable(deposit: Deposit, demande_id: str) -> None:
    """A title can be said ready once the decision is favourable."""
    judge = deposit.agent("instructeur", agent_id="agent-juge")
    assert deposit.call("POST", f"/demandes/{demande_id}:favorable", judge).status_code == 200


@pytest.mark.clause("XCT-07/a")
@pytest.mark.parametrize("in_scope", [True, False], ids=["sa-prefecture", "autre-prefecture"])
@pytest.mark.parametrize("role", ROLES)
def test_an_agent_does_what_her_role_allows_in_her_prefectures_and_nothing_else(
    deposit: Deposit, decided: Callable[[Personne], str], untouched: Terrain, role: str, in_scope: bool
) -> None:
    ground = terrain(deposit, decided) if in_scope and MAY[role] != {READ} else untouched
    token = deposit.agent(role, prefectures=("75",) if in_scope else ("13",), agent_id=f"agent-{role}-{in_scope}")

    seen = {
        act: attempt(
            deposit, act, ground.for_title if act == REMETTRE else ground.open_one, ground.person.usager_id, token
        )
        for act in ACTS
    }

    assert seen == {act: 200 if in_scope and act in MAY[role] else 403 for act in ACTS}


@pytest.mark.clause("XCT-07/a")
@pytest.mark.parametrize("own", [True, False], ids=["titulaire", "autre-personne"])
def test_a_person_acts_on_her_own_demande_and_does_not_even_learn_that_anothers_exists(
    deposit: Deposit, decided: Callable[[Personne], str], own: bool
) -> None:
    holder, other = a_person(deposit), a_person(deposit)
    demande_id = decided(holder)
    who = holder if own else other

    seen = {act: attempt(deposit, act, demande_id, holder.usager_id, who.token) for act in ACTS}

    allowed = 200 if own else 404
    assert seen == {act: allowed if act in MAY[TITULAIRE] else 403 for act in ACTS}


def a_helper(deposit: Deposit, login: str) -> tuple[str, str]:
    """A member of a structure enrolled by the préfecture, with her token; gives the structure and the token."""
    clerk = deposit.agent("prefecture", agent_id="agent-inscrit")
    made = deposit.call("POST", "/structures", clerk, json={"nom": "CCAS d’exemple", "prefecture": "75"})
    structure_id = made.json["structure_id"]
    member = {"login": login, "nom": "Aide Exemple"}
    code = deposit.call("POST", f"/structures/{structure_id}:ajouter-membre", clerk, json=member).json["code"]
    body = {"login": login, "code": code, "password": "une phrase pour elle seule"}
    opened = deposit.call("POST", "/aidants:activation", json=body)
    assert opened.status_code == 201, opened.json
    return structure_id, opened.json["jeton"]


@pytest.mark.clause("XCT-05/b")
@pytest.mark.parametrize(
    ("portee", "wanted"),
    [
        ((), {READ: 403, ACT: 403}),
        (("lire",), {READ: 200, ACT: 403}),
        (("lire", "agir"), {READ: 200, ACT: 200}),
    ],
    ids=["sans-mandat", "lire", "agir"],
)
def test_a_helper_does_what_the_mandate_of_the_person_allows(
    deposit: Deposit, decided: Callable[[Personne], str], portee: tuple[str, ...], wanted: dict[str, int]
) -> None:
    person = a_person(deposit)
    demande_id = decided(person)
    structure_id, token = a_helper(deposit, f"aide-{len(portee)}")
    if portee:
        end = (clock.today() + timedelta(days=30)).isoformat()
        body = {"structure_id": structure_id, "portee": list(portee), "fin_date": end}
        given = person.call("POST", f"/usagers/{person.usager_id}/mandats", json=body)
        assert given.status_code == 201, given.json

    seen = {act: attempt(deposit, act, demande_id, person.usager_id, token) for act in ACTS}

    assert seen == {act: wanted.get(act, 403) for act in ACTS}


@pytest.mark.clause("XCT-05/d")
def test_a_revoked_or_ended_mandate_and_a_member_cut_off_open_nothing(
    deposit: Deposit, decided: Callable[[Personne], str]
) -> None:
    person = a_person(deposit)
    demande_id = decided(person)
    structure_id, token = a_helper(deposit, "aide-fin")
    clerk = deposit.agent("prefecture", agent_id="agent-inscrit")
    end = (clock.today() + timedelta(days=3)).isoformat()
    body = {"structure_id": structure_id, "portee": ["lire"], "fin_date": end}
    read = f"/demandes/{demande_id}"

    mandat = person.call("POST", f"/usagers/{person.usager_id}/mandats", json=body).json["mandat_id"]
    before = deposit.call("GET", read, token).status_code
    person.call("POST", f"/mandats/{mandat}:revoquer")
    revoked = deposit.call("GET", read, token).status_code
    person.call("POST", f"/usagers/{person.usager_id}/mandats", json=body)
    again = deposit.call("GET", read, token).status_code
    deposit.advance(4)
    ended = deposit.call("GET", read, token).status_code
    deposit.call("POST", f"/structures/{structure_id}:retirer-membre", clerk, json={"login": "aide-fin"})
    cut = deposit.call("GET", "/aidants/personnes", token).status_code

    assert (before, revoked, again, ended, cut) == (200, 403, 200, 403, 401)


def test_a_frozen_account_reads_and_files_nothing(deposit: Deposit, decided: Callable[[Personne], str]) -> None:
    person = a_person(deposit)
    demande_id = decided(person)
    desk = deposit.agent("superviseur", agent_id="agent-gel")

    assert attempt(deposit, DEBLOQUER, demande_id, person.usager_id, desk) == 200

    seen = {act: attempt(deposit, act, demande_id, person.usager_id, person.token) for act in (READ, ACT)}
    assert seen == {READ: 401, ACT: 401}
    facts = list(mongo.database("deposit")["usagers"].find({"_id": person.usager_id}, {"outbox.by": 1}))
    assert "agent:agent-gel" in {entry.get("by") for entry in facts[0]["outbox"]}


def test_every_role_of_the_table_and_every_act_is_asserted() -> None:
    assert set(ACTS) == {act for acts in acces.MAY.values() for act in acts}
