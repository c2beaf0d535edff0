"""What people meet on every page: the way out, their own words kept, their language, no script needed."""

from __future__ import annotations

import io
import json

import pytest
from bs4 import BeautifulSoup
from flask_openapi import OpenAPI

from chassis.web import catalogues, layout, plots
from tests.browser import Browser
from tests.chassis.web.exemple import REFUSED, Exemple
from tests.pictures import CUT_HEIC, picture

FIRST_PAGE_BYTES, STYLESHEET_BYTES = 100_000, 40_000
WHERE = {
    "rue": "1 rue du Port",
    "naissance_date-jour": "1",
    "naissance_date-mois": "2",
    "naissance_date-annee": "1990",
}
STUCK = "/deposit/je-n-y-arrive-pas"


def test_a_refused_form_keeps_every_answer_and_links_each_fault_to_its_field(web: Browser) -> None:
    typed = {
        "rue": "1",
        "ville": "Lyon",
        "naissance_date-jour": "31",
        "naissance_date-mois": "2",
        "naissance_date-annee": "1990",
        "aides": "ecrire",
    }

    answer = web.post("/deposit/adresse", typed)

    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422
    faults = page.select(".errors a")
    assert [link["href"] for link in faults] == ["#f-rue", "#f-naissance_date"]
    assert faults[0].text.startswith("Numéro et rue : ")
    assert all(page.select_one(str(link["href"])) for link in faults)
    assert page.select_one("#f-ville")["value"] == "Lyon"  # type: ignore[index]
    assert page.select_one("[name=naissance_date-jour]")["value"] == "31"  # type: ignore[index]
    assert page.select_one("[name=aides][value=ecrire]").has_attr("checked")  # type: ignore[union-attr]
    assert page.select_one("#f-rue")["aria-describedby"] == "e-rue"  # type: ignore[index]


@pytest.mark.parametrize(
    "typed",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' autofocus onfocus=go() '", "{{ 7*7 }}&amp;"],
)
def test_what_a_person_types_is_text_wherever_a_page_repeats_it(web: Browser, typed: str) -> None:
    """In an attribute and between elements: escaped once, by the template, it is read back as it was typed."""
    answer = web.post("/deposit/adresse", {"rue": "1", "ville": typed})
    written = plots.bar_chart(typed, [(typed, 12)], typed)

    page, drawn = BeautifulSoup(answer.text, "html.parser"), BeautifulSoup(str(written), "html.parser")
    assert page.select_one("#f-ville")["value"] == typed  # type: ignore[index]
    assert drawn.select_one("figcaption").text == typed  # type: ignore[union-attr]
    assert page.select("script:not([src]), img[onerror], [onfocus]") == drawn.select("script, img, [onfocus]") == []


@pytest.mark.parametrize("field", ["rue", "ville"])
def test_an_answer_left_empty_is_said_to_be_missing(web: Browser, field: str) -> None:
    answer = web.post("/deposit/adresse", {"rue": "1 rue du Port", "ville": "Lyon"} | {field: ""})

    page = BeautifulSoup(answer.text, "html.parser")
    assert page.select_one(f"#e-{field}").text.endswith("Ce champ est à remplir.")  # type: ignore[union-attr]


@pytest.mark.parametrize(("ville", "status"), [("Ys", 422), ("Oz", 403), ("Ici", 503), ("Vite", 429)])
def test_a_refused_act_keeps_what_was_typed_and_says_its_next_step_beside_the_field(
    web: Browser, ville: str, status: int
) -> None:
    answer = web.post("/deposit/adresse", WHERE | {"ville": ville})

    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == status
    assert REFUSED[ville].suite in page.select_one("#e-ville").text  # type: ignore[union-attr]
    assert page.select_one("#f-rue")["value"] == "1 rue du Port"  # type: ignore[index]


def test_a_page_that_may_not_be_read_is_replaced_by_the_first_refusal(web: Browser) -> None:
    answer = web.post("/deposit/adresse?ferme=1", WHERE | {"ville": "Ys"}, form="/deposit/adresse")

    assert answer.status_code == 409
    assert "C'est déjà fait." in BeautifulSoup(answer.text, "html.parser").text


def test_every_page_has_landmarks_a_skip_link_one_title_and_the_way_out(web: Browser) -> None:
    for path in ("/deposit/", "/deposit/vitrine", "/deposit/adresse", "/deposit/agents/connexion", "/deposit/rien"):
        page = BeautifulSoup(web.get(path).text, "html.parser")

        assert [
            page.select_one(name) is not None for name in ("header", "main", "footer", "a.skip[href='#contenu']")
        ] == [True] * 4, path
        assert len(page.select("h1")) == 1, path
        assert page.select_one("html")["lang"] == "fr"  # type: ignore[index]
        assert page.select_one(f"a[href^='{STUCK}?de=']") is not None, path
        assert page.select("script:not([src]), style, [style], [onclick]") == [], path
        labelled = {label["for"] for label in page.select("label")}
        shown = page.select("input:not([type=hidden]), select, textarea")
        assert [field["id"] for field in shown if field["id"] not in labelled] == [], path


def test_an_entry_page_says_it_is_free_warns_and_names_associations(web: Browser) -> None:
    text = web.get("/deposit/").text

    assert "Cette démarche est gratuite." in text
    assert "Méfiez-vous" in text
    assert "La Cimade" in text


def test_a_first_page_weighs_little_and_asks_nobody_else(web: Browser) -> None:
    page = web.get("/deposit/vitrine").data
    files = {path.name: path.stat().st_size for path in layout.STATIC.iterdir()}

    assert len(page) + sum(files.values()) < FIRST_PAGE_BYTES
    assert files["sejour.css"] < STYLESHEET_BYTES
    assert b"//" not in page.replace(b"http://www.w3.org", b"")


def test_another_language_is_a_catalogue_and_mirrors_the_page(web: Browser) -> None:
    arabic = BeautifulSoup(web.get("/deposit/?lang=ar").text, "html.parser")
    kept = BeautifulSoup(web.get("/deposit/agents/connexion").text, "html.parser")

    assert (arabic.select_one("html")["lang"], arabic.select_one("html")["dir"]) == ("ar", "rtl")  # type: ignore[index]
    assert "مجاني" in arabic.text
    assert kept.select_one("html")["dir"] == "rtl"  # type: ignore[index]
    refusal = web.get("/deposit/api/v1/rien", headers={"Cookie": "sejour_langue=ar"}).json
    assert refusal["code"] == "INTROUVABLE"
    assert not refusal["title"].isascii()
    assert "Cette page" not in refusal["title"]


def test_every_text_that_all_services_show_has_its_translation() -> None:
    for folder in ("chassis/web", "blocage", "personne"):
        lacking = catalogues.missing(catalogues.ROOT / folder)

        assert "ar" in lacking
        assert [text for texts in lacking.values() for text in texts] == []


def test_an_unknown_language_stays_in_french(web: Browser) -> None:
    answer = web.get("/deposit/?lang=../../etc")

    assert 'lang="fr"' in answer.text


def test_whoever_is_stuck_gets_a_reference_and_ways_without_signing_in(web: Browser, exemple: Exemple) -> None:
    typed = {"essai": "Le bouton ne marche pas", "prefecture": "93", "contact": "06 00 00 00 00"}

    answer = web.post(STUCK, typed, form=f"{STUCK}?de=/deposit/demandes/<id>", follow_redirects=True)

    assert "B-" in answer.text
    assert "Guichet de la préfecture 93" in answer.text
    blocage, who = exemple.blocages[-1]
    assert (blocage.signalement.essai, who.kind) == ("Le bouton ne marche pas", "anonyme")


def test_whoever_keeps_no_cookie_is_not_stuck_twice(app: OpenAPI, exemple: Exemple) -> None:
    client = app.test_client(use_cookies=False)

    answers = [client.post(STUCK, data={"essai": "Bloqué", "request_id": "0192f0c1-7a51-7c3e-9c2b"}) for _ in range(2)]

    references = [BeautifulSoup(answer.text, "html.parser").select_one(".reference") for answer in answers]
    assert references[0] == references[1] is not None


def test_the_place_where_one_was_is_kept_as_a_route_only(web: Browser, exemple: Exemple) -> None:
    for sent, kept in (("/deposit/demandes/<id>", "/deposit/demandes/<id>"), ("javascript:x'\"", "")):
        web.post(STUCK, {"essai": "Bloqué", "de": sent})

        assert exemple.blocages[-1][0].route == kept


def test_a_screenshot_is_stored_and_a_bad_one_stops_nothing(web: Browser, exemple: Exemple) -> None:
    for content, stored in ((picture(), True), (CUT_HEIC, False)):
        answer = web.post(
            STUCK, {"essai": "Voir l'image", "capture": (io.BytesIO(content), "ecran.png")}, follow_redirects=True
        )

        assert answer.status_code == 200
        assert (exemple.blocages[-1][0].capture is not None) == stored
        assert ("n'a pas pu être gardée" in answer.text.replace("&#39;", "'")) == (not stored)
        assert ("« Le plus compatible »" in answer.text) == (not stored), "and she reads how to send it"


def test_one_line_per_request_and_nothing_personal_in_it(web: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    web.get("/deposit/fichiers/secret-dans-l-adresse?nom=Diallo")

    lines = [line for line in capsys.readouterr().out.splitlines() if "http.request" in line]
    assert len(lines) == 1
    assert "/deposit/fichiers/<key>" in lines[0]
    assert "Diallo" not in lines[0]
    assert "secret-dans" not in lines[0]


def test_a_plot_says_the_same_in_text_and_in_a_table(app: OpenAPI) -> None:
    with app.test_request_context("/deposit/"):
        drawn = str(plots.bar_chart("Délais <moyens>", [("Rhône", 61.5), ("Creuse & co", 12)], "jours"))

    figure = BeautifulSoup(drawn, "html.parser")
    assert "Rhône, 61,5" in str(figure.select_one("svg")["aria-label"])  # type: ignore[index]
    assert [cell.text for cell in figure.select("tbody tr *")] == ["Rhône", "61,5", "Creuse & co", "12"]
    assert "<moyens>" not in drawn
    assert json.dumps(drawn)
