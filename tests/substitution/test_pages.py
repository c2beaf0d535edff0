"""Every page answers, to the public and to each desk; who may and who may not is asserted through HTTP."""

from __future__ import annotations

import re
from datetime import date

import pytest

from chassis import event_log
from droit.catalogue import catalogue
from services.substitution.actions.voies import Identite
from services.substitution.rules import acces
from services.substitution.store import Voie
from tests.substitution.acts import BIRTH, SEEN, again, constate, opened, page_of
from tests.substitution.conftest import AGENTS, World

PUBLIC = (
    "/substitution/", "/substitution/ouvrir", "/substitution/suivre", "/substitution/documents",
    "/substitution/conseil", "/substitution/prefectures", "/substitution/prefectures/974",
    "/substitution/prefectures/75/module.html", "/substitution/module.html", "/substitution/je-n-y-arrive-pas",
    "/substitution/indicateurs",
    "/substitution/indicateurs.csv", "/substitution/indicateurs.json", "/substitution/openapi.json",
    "/substitution/agents/connexion", "/substitution/api/v1/indicateurs",
)  # fmt: skip
# The page, and what the préfecture's own site shows of it.
PARTS = ("", "/module.html")
DESK = {
    "/substitution/bureau": {"g93", "g75", "s93", "i93", "national"},
    "/substitution/bureau?filtre=alerte": {"g93", "g75", "s93", "i93", "national"},
    "/substitution/bureau?filtre=retard": {"g93", "g75", "s93", "i93", "national"},
    "/substitution/bureau?filtre=sans-prefecture": {"national"},
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


ACTS = (
    "/identite", "/transfert", "/refus", "/ordonnance", "/constat", "/promesses", "/dossier", "/dossier/identite",
    "/dossier/depot",
)  # fmt: skip


@pytest.mark.clause("XCT-07/m")
def test_a_voie_without_prefecture_is_open_to_who_chooses_it_and_to_no_prefecture(world: World) -> None:
    """Every agent tries to read it, to find it and to do each act on it."""
    voie = opened("")
    search = "/substitution/bureau/recherche?nom=Diallo&naissance-jour=4&naissance-mois=5&naissance-annee=1990"
    by_name, by_reference = search, f"/substitution/bureau/recherche?reference={voie.reference}"
    shown = (page_of(voie), page_of(voie, "/dossier"), page_of(voie, f"/documents/{voie.convocation_numero}.pdf"))

    def reads(agent: str) -> bool:
        browser = world.browser(agent)
        found = [browser.get(path, follow_redirects=True).text for path in (by_name, by_reference)]
        return page_of(voie) in "".join(found) or 200 in {browser.get(path).status_code for path in shown}

    def acts(agent: str) -> set[int]:
        browser = world.browser(agent)
        hidden, sent = browser.hidden("/substitution/ouvrir"), {**SEEN, "prefecture": "974"}
        return {browser.client.post(page_of(voie, act), data={**hidden, **sent}).status_code for act in ACTS}

    queued = {agent for agent in AGENTS if voie.reference in world.browser(agent).get("/substitution/bureau").text}
    to_place = {agent: world.browser(agent).get("/substitution/bureau?filtre=sans-prefecture") for agent in AGENTS}

    assert {agent for agent in AGENTS if reads(agent)} == {"national"}
    assert queued == set()
    assert {agent for agent, page in to_place.items() if voie.reference in page.text} == {"national"}
    assert [agent for agent in AGENTS if agent != "national" and acts(agent) != {403}] == []
    placed = world.browser("national").post(page_of(voie, "/transfert"), {"prefecture": "974"}, form=page_of(voie))
    assert placed.status_code == 303 and again(voie).prefecture == "974"


@pytest.mark.clause("XCT-07/m")
def test_the_counter_where_the_person_stands_takes_her_voie_by_its_reference_and_her_name(world: World) -> None:
    """Her reference and her name, the préfecture of this counter, the first date; nobody takes it twice."""
    voie, counter = opened("", date_protegee=date(2027, 2, 15)), world.browser("g93")
    path, hers = "/substitution/bureau/prise", {"reference": voie.reference, "nom": "Diallo", "prefecture": "93"}
    refused = counter.get(f"/substitution/bureau/recherche?reference={voie.reference}").text
    others = {agent for agent in AGENTS if world.browser(agent).get(path).status_code == 200}

    wrong = counter.post(path, {**hers, "nom": "Autre"})
    elsewhere = counter.post(path, {**hers, "prefecture": "75"})
    taken = counter.post(path, hers)

    assert "Cette voie n’a pas encore de préfecture." in refused and f"prise?reference={voie.reference}" in refused
    assert others == {"g93", "g75"}
    assert (wrong.status_code, elsewhere.status_code, taken.status_code) == (422, 403, 303)
    held = again(voie)
    assert (held.prefecture, held.date_protegee) == ("93", date(2027, 2, 15))
    assert counter.get(page_of(voie)).status_code == 200
    assert "Une préfecture a déjà cette voie." in world.browser("g75").post(path, {**hers, "prefecture": "75"}).text


def test_who_lost_her_reference_is_found_by_the_name_and_the_birth_on_her_paper(world: World) -> None:
    voie, counter, path = (
        opened("", identite=Identite("Keita", "Sira", BIRTH)),
        world.browser("g93"),
        "/substitution/bureau/prise",
    )
    birth = {"naissance-jour": "4", "naissance-mois": "5", "naissance-annee": "1990"}

    unknown = counter.post(path, {"nom": "Keita", "prefecture": "93"})
    taken = counter.post(path, {"nom": "keita", "prefecture": "93", **birth})

    assert (unknown.status_code, taken.status_code) == (422, 303)
    assert again(voie).prefecture == "93"


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


def test_the_reference_of_her_blocage_opens_her_voie_with_its_letter_and_without(world: World) -> None:
    """It is the one that she was given where she was stopped (XCT-21)."""
    reference = constate(reference="B-23BC-DFGH").reference

    for typed in (reference, reference.removeprefix("B-"), "b23bcdfgh"):
        assert world.browser().post("/substitution/suivre", {"reference": typed}).status_code == 303, typed


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


@pytest.mark.clause("SUB-12/d")
@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("isolated elderly", {"outils": "non", "courriel": "non", "comprend": "non", "se_deplace": "non"}),
        ("ill", {"outils": "non", "comprend": "oui", "se_deplace": "non", "urgent": "oui"}),
        ("disabled", {"comprend": "non", "se_deplace": "non"}),
        ("detained", {"outils": "non", "courriel": "non", "se_deplace": "non", "retenu": "oui"}),
    ],
)
@pytest.mark.parametrize("prefecture", ["93", "2A", "01"])
def test_who_can_neither_use_the_tool_nor_move_is_oriented_to_post_or_telephone(
    world: World, who: str, said: dict[str, str], prefecture: str
) -> None:
    base = dict.fromkeys(("outils", "courriel", "comprend", "se_deplace"), "oui") | {"urgent": "non"}
    page = world.browser().post("/substitution/conseil", {**base, "prefecture": prefecture, **said}).text

    ways = re.findall(r"<li><h3>([^<]+)</h3>", page)
    assert ways and set(ways) <= {"Par téléphone avec la préfecture", "Par la poste"}, who


@pytest.mark.clause("SUB-01/b", "SUB-11/c", "SUB-11/d", "SUB-12/c")
def test_an_agent_advises_prints_and_opens_a_voie_under_his_own_name(world: World) -> None:
    """From his own screen: the questions, an answer to take away, then the form."""
    browser = world.browser("g93")
    desk = browser.get("/substitution/bureau").text
    said = dict.fromkeys(("outils", "courriel", "comprend"), "non") | {"se_deplace": "oui", "urgent": "non"}
    advice = browser.post("/substitution/conseil", {"prefecture": "93", **said}).text
    opened = browser.post(
        "/substitution/ouvrir",
        {"prefecture": "93", "nom": "Au Telephone", "naissance-jour": "4", "naissance-mois": "5",
         "naissance-annee": "1990", "origine": "INCAPACITE", "telephone": "0639980193"},
    )  # fmt: skip

    assert "/substitution/conseil" in desk and "/substitution/ouvrir" in desk
    assert "Au guichet de la préfecture" in advice and "3 rue de l&#39;Exemple" in advice and "01 99 00 93 09" in advice
    style = re.search(r'href="([^"]+\.css[^"]*)"', advice)
    assert style is not None
    printed = browser.get(style[1]).text.partition("@media print")[2]
    alone = advice.partition("<main")[2].partition("<form")[0]
    assert ".act," in printed and alone.rstrip().endswith('<div class="act">'), "the answer alone is printed"
    assert opened.status_code == 303 and "/bureau/voies/" in opened.headers["Location"]
    shown = browser.get(opened.headers["Location"]).text
    assert "Voie ouverte, par un agent" in shown and "Ne peut pas utiliser internet" in shown
    fact = event_log.whole_history(Voie, world.db, opened.headers["Location"].rsplit("/", 1)[1])[0]
    assert fact["by"].startswith("agent:") and "g93" in fact["by"]
