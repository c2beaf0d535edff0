"""What the channels are told to follow and what helps people, read in a browser at each service, beside the law."""

from __future__ import annotations

import pytest

from chassis.settings import SERVICES
from dev.parcours.monde import Monde
from droit.catalogue import catalogue
from droit.catalogue.consigne import Genre

DESKS = {"pan": ("paola", "/pan/bureau"), "ccc": ("chloe", "/ccc/agents/")}
TRANSITOIRE = "ouverture-de-la-substitution"


@pytest.mark.clause("XCT-12/a", "XCT-23/a")
def test_each_text_of_the_channels_is_public_with_its_owner_its_day_and_its_rules(monde: Monde) -> None:
    """Instructions, transitional rules, templates, fiches, words to say, help, guides, questions and kits."""
    assert {consigne.genre for consigne in catalogue().consignes.values()} == set(Genre)
    listed = monde.browser().read("/ccc/consignes")
    for code, consigne in catalogue().consignes.items():
        assert listed.links(f"/consignes/{code}"), code
        page = monde.browser().read(f"/substitution/consignes/{code}")
        assert page.status == 200 and consigne.titre in page.title
        assert consigne.responsable in page.text and "En vigueur depuis" in page.text and "Source" in page.text
    applied = monde.browser().read("/ccc/consignes/attester-un-blocage").text
    assert "Temps le plus long avant que le CCC atteste un blocage" in applied and "5 jours" in applied


@pytest.mark.clause("XCT-23/b")
def test_an_older_version_stays_readable_and_says_that_it_is_not_in_force(monde: Monde) -> None:
    first, last = catalogue().consignes[TRANSITOIRE].versions
    page = monde.browser().read(f"/deposit/consignes/{TRANSITOIRE}")
    assert str(last.citation) in page.text and first.texte[:60] not in page.text
    [older] = page.links(first.depuis.isoformat())
    before = monde.browser().read(older)
    assert first.texte[:60] in before.text and "n’est pas celle d’aujourd’hui" in before.text
    assert monde.browser().read(f"/deposit/consignes/{TRANSITOIRE}/2020-01-01").status == 404


@pytest.mark.clause("XCT-12/b", "XCT-12/c")
@pytest.mark.parametrize("service", DESKS)
def test_the_desk_opens_the_help_of_the_version_that_runs(monde: Monde, service: str) -> None:
    login, desk = DESKS[service]
    browser = monde.desk(login)
    [link] = browser.read(desk).links("/consignes")[:1]
    listed = browser.read(link)
    assert link.startswith(f"/{service}/") and "Textes de la version 0.1.0 du service" in listed.text
    for code in ("recevoir-en-point-d-accueil", "dire-que-c-est-gratuit", "questions-frequentes", "affiche-du-lieu"):
        page = browser.read(listed.links(f"/consignes/{code}")[0])
        assert "écrit pour la version 0.1.0 ; celle qui marche ici est la 0.1.0" in page.text


@pytest.mark.clause("XCT-08/c")
@pytest.mark.parametrize("service", SERVICES)
def test_each_service_declares_the_standard_of_accessibility_and_what_is_not_met(monde: Monde, service: str) -> None:
    page = monde.browser().read(f"/{service}/consignes/accessibilite")
    for said in ("WCAG 2.2, niveau AA", "Ce qui n'est pas encore fait", "Par téléphone et au guichet", "partielle"):
        assert said in page.text, said
    assert page.links(f"/{service}/consignes/accessibilite"), "at the foot of each page"
