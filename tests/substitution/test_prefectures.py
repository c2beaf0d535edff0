"""A préfecture's rules are validated before use, dated, published, and the only source of its ways."""

from __future__ import annotations

import json
import re
from datetime import date
from html import unescape
from typing import Any

import pytest

from chassis.mongo import collection_of
from droit.catalogue import catalogue
from droit.catalogue.lieu import Vecteur
from sejour.substitution.v1 import events_pb2
from services.substitution.actions import prefectures
from services.substitution.store import ReglesPrefecture
from tests.browser import Browser
from tests.substitution.conftest import World

CODES = [prefecture.code for prefecture in catalogue().prefectures()]


def rules_of(code: str) -> dict[str, Any]:
    """The rules in force."""
    found: dict[str, Any] = json.loads(prefectures.modalites(code).regles)
    return found


def write(browser: Browser, code: str, values: dict[str, Any], day: str = "1") -> Any:
    """Publishes through the console."""
    form = {"regles": json.dumps(values), "depuis-jour": day, "depuis-mois": "3", "depuis-annee": "2027"}
    return browser.post(f"/substitution/reglages/{code}", form)


@pytest.mark.parametrize("code", CODES)
def test_every_prefecture_plugged_in_has_a_way_without_a_computer(world: World, code: str) -> None:
    """A counter, two vectors one of which is not digital, shown on its public page and by the API."""
    ways = prefectures.modalites(code)

    assert ways.guichet is not None and "GUICHET" in ways.moyens
    vectors = ways.prefecture.substitution.vecteurs
    assert len(vectors) >= 2 and not all(vector.numerique for vector in vectors)
    assert ways.lieu in world.browser().get(f"/substitution/prefectures/{code}").text.replace("&#39;", "'")
    shown = world.browser().get(f"/substitution/api/v1/prefectures/{code}").json
    assert shown["lieu"] == ways.lieu and shown["moyens"] == list(ways.moyens)


def test_a_prefecture_that_has_written_nothing_still_has_its_counter(world: World) -> None:
    """No département is a dead end."""
    assert "GUICHET" in world.browser().get("/substitution/api/v1/prefectures/01").json["moyens"]
    assert world.browser().get("/substitution/prefectures/01").status_code == 200


def test_a_change_is_published_from_its_day_and_binds_nobody_before(world: World) -> None:
    """The fact carries the rules as droit's loader reads them."""
    values = rules_of("93")
    values["substitution"]["telephone"] = "01 99 00 93 77"

    assert write(world.browser("g93"), "93", values, day="10").status_code == 303

    assert prefectures.modalites("93").prefecture.substitution.telephone != "01 99 00 93 77"
    world.on(date(2027, 3, 10))
    assert prefectures.modalites("93").prefecture.substitution.telephone == "01 99 00 93 77"
    published = collection_of(ReglesPrefecture).find_one({"prefecture": "93", "depuis_date": "2027-03-10"})
    event = events_pb2.PrefectureModifiee.FromString(published["outbox"][-1]["payload"])
    assert catalogue().prefecture_from_json(event.regles_json).substitution.telephone == "01 99 00 93 77"


@pytest.mark.clause("SUB-08/a", "SUB-09/c", "SUB-15/b", "CASE-59/d")
@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("substitution", "vecteurs"), ["telephone"], "au moins deux vecteurs"),
        (("substitution", "vecteurs"), ["web", "courriel"], "numérique"),
        (("bpi", "texte"), "Passez par Démarches simplifiées.", "autre plateforme"),
        (("bpi", "texte"), "Allez sur https://ailleurs.example", "autre plateforme"),
        (("substitution", "telephone_secret"), "01", "telephone_secret"),
        (("code",), "75", "pas celui de cette préfecture"),
        (("bpi",), {}, "bpi"),
    ],
)
def test_rules_that_would_close_a_way_are_refused_by_name(
    world: World, path: tuple[str, ...], value: object, said: str
) -> None:
    """Nothing changes, and the page says which key is at fault."""
    values, before = rules_of("93"), prefectures.modalites("93").regles
    inner = values
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value

    answer = write(world.browser("g93"), "93", values)

    assert answer.status_code == 422 and said in answer.text and prefectures.modalites("93").regles == before


def test_rules_do_not_apply_before_they_are_written(world: World) -> None:
    """From today on."""
    form = {"regles": json.dumps(rules_of("93")), "depuis-jour": "28", "depuis-mois": "2", "depuis-annee": "2027"}

    assert world.browser("g93").post("/substitution/reglages/93", form).status_code == 422


def test_another_prefecture_writes_nothing_here(world: World) -> None:
    """Scope of the agent."""
    browser = world.browser("g75")

    assert browser.get("/substitution/reglages/93").status_code == 403
    sent = {**browser.hidden("/substitution/reglages/75"), "regles": "{}", "depuis-jour": "1"}
    sent |= {"depuis-mois": "3", "depuis-annee": "2027"}
    assert browser.client.post("/substitution/reglages/93", data=sent).status_code == 403


@pytest.mark.clause("SUB-08/b", "SUB-12/a")
@pytest.mark.parametrize("code", CODES)
def test_the_page_says_how_to_book_and_which_telephone_orients_and_when(world: World, code: str) -> None:
    page = unescape(world.browser().get(f"/substitution/prefectures/{code}").text)
    rules = prefectures.modalites(code).prefecture

    ways = {Vecteur.TELEPHONE: "par téléphone", Vecteur.ACCUEIL: "sur place", Vecteur.COURRIER: "par courrier"}
    ways |= {Vecteur.WEB: "sur internet", Vecteur.COURRIEL: "par e-mail"}
    booking = next(line for line in page.splitlines() if "Pour prendre rendez-vous" in line)
    said = re.search(r"Pour prendre rendez-vous</strong> : ([^<]*)<", booking)
    assert said is not None
    assert {vecteur for vecteur, words in ways.items() if words in said[1]} == set(rules.substitution.vecteurs)
    moving = re.search(r"Si vous ne pouvez pas vous déplacer</strong> : ([^<]*)<", page)
    assert moving is not None
    assert rules.orientation.telephone in moving[1] and "Ouvert" in moving[1]


@pytest.mark.clause("SUB-15/c")
def test_a_departement_without_rules_has_a_route_for_protected_persons_too(world: World) -> None:
    bare = [code for code, _ in prefectures.departements() if code not in CODES]
    pages = [world.browser().get(f"/substitution/prefectures/{code}").text for code in bare]

    assert len(bare) > 90
    assert [page for page in pages if "Personnes protégées" not in page or "sans condition. Ouvrez" not in page] == []


@pytest.mark.clause("SUB-10/b", "SUB-10/c")
def test_the_links_of_a_module_lead_here_from_any_site(world: World) -> None:
    """That of each préfecture, and that of the téléservice with the choice of the préfecture."""
    browser, home = world.browser(), world.settings.public_url
    for path in ("/substitution/prefectures/93/module.html", "/substitution/prefectures/01/module.html",
                 "/substitution/module.html"):  # fmt: skip
        answer = browser.get(path)
        led = re.findall(r'(?:href|action)="([^"]*)"', answer.text)
        assert answer.headers["Access-Control-Allow-Origin"] == "*" and "<html" not in answer.text
        assert led and [link for link in led if not link.startswith(f"{home}/substitution/")] == [], path
        assert {browser.get(link.removeprefix(home)).status_code for link in map(unescape, led)} == {200}
    national = browser.get("/substitution/module.html").text
    assert [code for code, _ in prefectures.departements() if f'value="{code}"' not in national] == []
    chosen = browser.get("/substitution/prefectures?departement=93")
    assert chosen.headers["Location"].endswith("/substitution/prefectures/93")


@pytest.mark.clause("SUB-10/a")
def test_the_module_of_a_prefecture_is_a_fragment_that_any_site_may_show(world: World) -> None:
    """Same data, no page around it, with the route of protected persons."""
    answer = world.browser().get("/substitution/prefectures/93/module.html")

    assert answer.headers["Access-Control-Allow-Origin"] == "*" and "<html" not in answer.text
    assert "3 rue de l&#39;Exemple" in answer.text and "mardi matin" in answer.text


def test_rules_left_unread_for_long_say_so(world: World) -> None:
    """P-STALE days after they were written."""
    world.on(date(2029, 1, 1))

    assert prefectures.modalites("93").a_revoir
