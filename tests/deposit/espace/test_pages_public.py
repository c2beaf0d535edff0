"""Every page for whoever listens to it, and what is said to anybody: choice, cards, gratuity, check of a document."""

from __future__ import annotations

import pytest

from tests.deposit.conftest import Deposit
from tests.deposit.navigateur import Navigateur, Page, ask, day, person_named, stored


@pytest.fixture(scope="module")
def filed(deposit: Deposit) -> tuple[Navigateur, str]:
    """A person with one filed renewal."""
    browser, _identifiant = person_named(deposit)
    demande_id, _page = browser.file("etudiant", day(100))
    return browser, demande_id


def test_an_unknown_reference_is_told_plainly(deposit: Deposit) -> None:
    page = Navigateur(deposit).get("/deposit/verifier?reference=0000-0000-00000")

    assert page.status == 404
    assert page.html.find(class_="errors") is not None


def page_faults(page: Page) -> list[str]:
    """What a person who listens to the page would miss."""
    html, faults = page.html, []
    if not html.html or not html.html.get("lang"):
        faults.append("no language")
    if len(html.find_all("h1")) != 1:
        faults.append(f"{len(html.find_all('h1'))} h1")
    if not html.title or not html.title.get_text().strip():
        faults.append("no title")
    named = {str(label.get("for")) for label in html.find_all("label")}
    for field in html.find_all(["input", "select", "textarea"]):
        if field.get("type") not in ("hidden", "submit") and field.get("id") not in named:
            faults.append(f"field without label: {field.get('name')}")
    ids = [str(tag["id"]) for tag in html.find_all(id=True)]
    faults += [f"id twice: {known}" for known in set(ids) if ids.count(known) > 1]
    faults += [f"empty link: {link.get('href')}" for link in html.find_all("a") if not link.get_text().strip()]
    if "je-n-y-arrive-pas" not in str(html):
        faults.append("no way out")
    return faults


def test_every_page_has_its_language_one_heading_labels_and_the_way_out(
    deposit: Deposit, filed: tuple[Navigateur, str]
) -> None:
    browser, demande_id = filed
    draft = browser.begin("raison-de-sante")
    asked = ask(deposit, demande_id, "acte-de-naissance")
    paths = [
        "/",
        "/choisir",
        "/choisir/victimes",
        "/choisir/famille",
        "/je-ne-sais-pas",
        "/je-ne-sais-pas?q=7",
        "/demarches/etudiant",
        "/demarches/salarie",
        "/demarches/dcem",
        "/demarches/naturalisation",
        "/verifier",
        "/connexion",
        "/comptes",
        "/recuperation",
        "/comptes/ouvert",
        "/deja-en-cours",
        "/espace",
        "/titres/ajouter",
        "/titres/recu",
        "/documents",
        "/compte",
        "/compte/changement",
        "/compte/changement?objet=ETAT_CIVIL",
        "/commencer/etudiant",
        "/commencer/dcem",
        f"/demandes/{draft}/preparer",
        f"/demandes/{draft}/pieces",
        f"/demandes/{draft}/verifier",
        f"/demandes/{draft}/questions/prefecture",
        f"/demandes/{draft}/questions/situation_familiale",
        f"/demandes/{demande_id}",
        f"/demandes/{demande_id}/confirmation",
        f"/demandes/{demande_id}/annuler",
        f"/demandes/{demande_id}/pas-de-moi",
        f"/demandes/{demande_id}/historique",
        f"/demandes/{demande_id}/demandes-pieces/{asked}",
        f"/documents/{stored(demande_id)['attestations'][0]['numero']}",
    ]

    faults = {path: found for path in paths if (found := page_faults(browser.get(f"/deposit{path}")))}

    assert faults == {}


@pytest.mark.clause("XCT-14/b")
def test_each_entry_page_says_that_it_is_free_and_warns_of_paid_intermediaries(
    deposit: Deposit, filed: tuple[Navigateur, str]
) -> None:
    browser, _demande_id = filed
    paths = ("/", "/choisir", "/demarches/etudiant", "/connexion", "/comptes", "/espace")

    silent = [path for path in paths if "Méfiez-vous" not in browser.get(f"/deposit{path}").text]

    assert silent == []


@pytest.mark.clause("DEP-11/a", "DEP-11/b")
def test_victims_are_first_on_the_first_level_with_their_own_children(deposit: Deposit) -> None:
    browser = Navigateur(deposit)

    choices = browser.get("/deposit/choisir")
    first = choices.links("/deposit/choisir/")[0]
    page = browser.get(first)

    assert first.endswith("/victimes")
    assert "victime" in choices.html.find("a", href=first).get_text().lower()  # type: ignore[union-attr]
    for words in ("conjoint", "mariée ou marié de force", "ordonnance de protection", "traite", "proxénétisme"):
        assert words in page.text


@pytest.mark.clause("DEP-12/a", "DEP-13/g")
def test_every_card_tells_its_ground_conditions_pieces_and_way_and_none_is_dead(deposit: Deposit) -> None:
    browser = Navigateur(deposit)
    codes = [title["code"] for title in deposit.call("GET", "/catalogue/titres").json["titres"]]

    dead = []
    for code in codes:
        page = browser.get(f"/deposit/demarches/{code}")
        tells = all(
            words in page.text for words in ("Pour qui", "Texte de loi", "Où la faire", "Conditions", "Les pièces")
        )
        if (
            page.status != 200
            or not tells
            or not (page.links(f"/commencer/{code}") or page.links("/substitution/?demarche="))
        ):
            dead.append(code)

    assert dead == []
    # The jeune majeur né et scolarisé en France finds an entry that opens.
    assert browser.get("/deposit/demarches/jeune-majeur-ne-et-scolarise").links(
        "/commencer/jeune-majeur-ne-et-scolarise"
    )


def test_the_first_pages_are_read_in_arabic_from_right_to_left(deposit: Deposit) -> None:
    browser = Navigateur(deposit)

    pages = [browser.get(f"/deposit/{path}?lang=ar") for path in ("", "choisir", "connexion", "comptes")]

    assert {str(page.html.html["dir"]) for page in pages if page.html.html} == {"rtl"}
    assert [page.title for page in pages] == [
        "طلب بطاقة الإقامة ومتابعتها",
        "ما هو وضعك؟",
        "تسجيل الدخول",
        "فتح حساب",
    ]
