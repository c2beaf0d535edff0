"""Every page answers, to the public and to each desk; who may and who may not is asserted through HTTP."""

from __future__ import annotations

import pytest

from droit.catalogue import catalogue
from services.substitution.actions import indicateurs
from services.substitution.rules import acces
from tests.substitution.acts import opened, page_of
from tests.substitution.conftest import AGENTS, World

PUBLIC = (
    "/substitution/", "/substitution/ouvrir", "/substitution/suivre", "/substitution/documents",
    "/substitution/conseil", "/substitution/prefectures", "/substitution/prefectures/974",
    "/substitution/prefectures/75/module.html", "/substitution/je-n-y-arrive-pas", "/substitution/indicateurs",
    "/substitution/indicateurs.csv", "/substitution/openapi.json", "/substitution/agents/connexion",
    "/substitution/api/v1/indicateurs",
)  # fmt: skip
# The page, and what the préfecture's own site shows of it.
PARTS = ("", "/module.html")
DESK = {
    "/substitution/bureau": {"g93", "g75", "s93", "i93", "national"},
    "/substitution/bureau?filtre=retard": {"g93", "g75", "s93", "i93", "national"},
    "/substitution/bureau/refus": {"s93", "national"},
    "/substitution/reglages": {"g93", "g75", "s93"},
    "/substitution/reglages/93": {"g93", "s93"},
    "/substitution/pannes": {"national", "ops"},
    "/substitution/retards": {"national", "ops"},
}


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_answers_anybody(world: World, path: str) -> None:
    """No account."""
    assert world.browser().get(path).status_code == 200


@pytest.mark.clause("DEP-49/e")
def test_each_prefecture_page_and_its_module_say_how_an_attestation_is_renewed(world: World) -> None:
    codes = [departement.code for departement in catalogue().departements()]
    pages = [world.browser().get(f"/substitution/prefectures/{code}{part}") for code in codes for part in PARTS]

    assert len(codes) > 100
    assert [page.status_code for page in pages if "« Demander le renouvellement »" not in page.text] == []


@pytest.mark.clause("XCT-07/d")
@pytest.mark.parametrize("path", DESK)
def test_a_desk_page_answers_whom_the_table_names_and_nobody_else(world: World, path: str) -> None:
    """Every agent of the directory tries."""
    answers = {agent: world.browser(agent).get(path).status_code for agent in AGENTS}

    assert {agent for agent, status in answers.items() if status == 200} == DESK[path]
    assert set(answers.values()) <= {200, 403} and world.browser().get(path).status_code == 302


@pytest.mark.clause("XCT-07/d")
def test_a_voie_is_read_by_its_prefecture_and_the_national_desk_alone(world: World) -> None:
    """The guarded accessor, through HTTP."""
    voie = opened("93")

    answers = {agent: world.browser(agent).get(page_of(voie)).status_code for agent in AGENTS}

    assert {agent for agent, status in answers.items() if status == 200} == {"g93", "s93", "i93", "national"}


@pytest.mark.parametrize("role", sorted(acces.MAY))
def test_a_role_does_what_the_table_says_in_its_scope_only(role: str) -> None:
    """Out of scope, nothing."""
    every = {act for acts in acces.MAY.values() for act in acts}

    assert {act for act in every if acces.may(frozenset({role}), act, in_scope=True).accepted} == acces.MAY[role]
    assert not any(acces.may(frozenset({role}), act, in_scope=False).accepted for act in every)


def test_a_person_follows_her_voie_by_reference_and_name_and_nobody_else_does(world: World) -> None:
    """A wrong name and a wrong reference get the same refusal."""
    voie, browser = opened("93"), world.browser()

    wrong = browser.post("/substitution/suivre", {"reference": voie.reference, "nom": "Autre"})
    right = browser.post("/substitution/suivre", {"reference": voie.reference.lower(), "nom": "diallo"})

    assert wrong.status_code == 422 and right.status_code == 303
    assert voie.reference in browser.get("/substitution/ma-voie").text
    assert world.browser().get("/substitution/ma-voie").status_code == 302


def test_a_third_party_checks_a_convocation_without_learning_more_than_it_shows(world: World) -> None:
    """Page and API."""
    voie = opened("93")

    page = world.browser().get(f"/substitution/documents?reference={voie.convocation_numero}")
    told = world.browser().get(f"/substitution/api/v1/documents/{voie.convocation_numero}").json

    assert "est valable" in page.text and told["etat"] == "valide"
    assert "droits" not in told["document"] and "numero_etranger" not in told["document"]


@pytest.mark.clause("SUB-11/a", "SUB-11/b")
@pytest.mark.parametrize(
    ("said", "first"),
    [
        ({"se_deplace": "non", "outils": "non"}, "TELEPHONE"),
        ({"se_deplace": "non"}, "TELESERVICE"),
        ({"outils": "non"}, "GUICHET"),
        ({"comprend": "non"}, "PAN"),
        ({"comprend": "non", "urgent": "oui"}, "GUICHET"),
        ({}, "TELESERVICE"),
        ({"retenu": "oui"}, "POSTE"),
    ],
)
def test_the_channel_adviser_gives_the_fitting_way_with_its_needs(
    world: World, said: dict[str, str], first: str
) -> None:
    """Only ways that are open in this préfecture."""
    base = {"prefecture": "93", "outils": "oui", "courriel": "oui", "comprend": "oui", "se_deplace": "oui"}
    body = {**base, "urgent": "non", **said}

    answer = world.browser().client.post("/substitution/api/v1/conseil", json=body)

    codes = [canal["code"] for canal in answer.json["canaux"]]
    assert codes[0] == first and "COURRIEL" not in codes
    assert all(canal["avant"] and canal["avantage"] for canal in answer.json["canaux"])


def test_the_figures_count_what_was_asked_and_what_became_of_it(world: World) -> None:
    """Per préfecture and month, with their definitions."""
    opened("2A")
    opened("2A", origine="INCAPACITE")

    indicateurs.compute()

    told = world.browser().get("/substitution/api/v1/indicateurs").json
    row = next(row for row in told["chiffres"] if row["prefecture"] == "2A")
    assert (row["mois"], row["demandees"], row["proposees"], row["refusees"]) == ("2027-03", 2, 1, 0)
    assert "Corse" in world.browser().get("/substitution/indicateurs").text and "refusees" in told["definitions"]
