"""Each output of deposit shows the rule applied: text, day of effect, position of the switch (XCT-01)."""

from __future__ import annotations

import html
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from chassis import clock
from droit import catalogue as droit_catalogue
from droit.catalogue import load
from droit.dates import Position
from services.deposit import cadre
from tests.conftest import Mongo
from tests.deposit.conftest import Deposit, Personne, a_person, start
from tests.deposit.desk import signed_in
from tests.deposit.navigateur import person_named

EFFET = "depuis le 1er mai 2021"


@pytest.fixture(params=["recommandation", "droit_en_vigueur"])
def placed(
    mongo: Mongo, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[Deposit, str]]:
    """deposit in one position of the switch, and its words."""
    folder = tmp_path_factory.mktemp(request.param)
    for made in start(mongo, folder, REGLES=request.param):
        yield made, f"position {Position(request.param).libelle}"


def words(pdf: bytes) -> str:
    """The text of a paper, on one line."""
    return " ".join(" ".join(p.get_textpage().get_text_range().split()) for p in pypdfium2.PdfDocument(pdf))


def an_api(deposit: Deposit, person: Personne) -> tuple[dict[str, Any], dict[str, Any]]:
    """A renewal filed in its window and found complete, on the day before its first API begins."""
    end = clock.today() + timedelta(days=90)
    filed = person.file(titre_code="etudiant", fin_titre_date=end.isoformat())
    deposit.call("POST", f"/demandes/{filed['demande_id']}:complete", deposit.agent("instructeur"))
    for _ in range(76):
        deposit.advance(1)
    found = person.read(filed["demande_id"])
    return filed, next(d for d in found["documents"] if d["nature"] == "API")


def test_page_pdf_and_api_of_each_document_and_a_refusal_show_text_day_and_position(
    placed: tuple[Deposit, str],
) -> None:
    deposit, position = placed
    person = a_person(deposit, numero_etranger=f"75030000{len(position)}")
    filed, api = an_api(deposit, person)
    browser = signed_in(deposit, person)

    for document, texte in ((filed["documents"][0], "article L. 112-3"), (api, "R. 431-15-1")):
        page = html.unescape(browser.text(f"/documents/{document['numero']}"))
        paper = words(person.call("GET", f"/documents/{document['numero']}.pdf").data)
        for shown in (document["regle"], page, paper):
            assert "Règle appliquée" in shown and texte in shown, (document["nature"], shown[:2000])
            assert position in shown and EFFET in shown
        assert paper.count("Règle appliquée") == 1

    refused = person.call("POST", "/demandes", json={"titre_code": "etudiant-concours", "prefecture": "75"})
    assert refused.status_code == 409
    assert position in refused.json["details"]["regle"] and "depuis le" in refused.json["details"]["regle"]


@pytest.mark.clause("DEP-13/a", "DEP-13/b")
def test_an_entry_closed_for_want_of_a_number_leads_to_the_field_that_opens_it(placed: tuple[Deposit, str]) -> None:
    deposit, position = placed
    browser, _identifiant = person_named(deposit, prefecture="75")

    card = browser.read("/deposit/demarches/etudiant")
    if Position.RECOMMANDATION.libelle in position:
        assert card.links("/commencer/etudiant") and not card.reference
        return
    assert "sans numéro étranger" in card.text and position in card.text
    assert card.reference.startswith("B-") and not card.links("/commencer/etudiant")
    correction = card.links("/compte/numero")[0]
    page, field = browser.read(correction), correction.partition("#")[2]
    assert page.html.find(id=field)["name"] == "numero_etranger"  # type: ignore[index]
    wrong = browser.send(page, "/compte/numero", numero_etranger="-")
    opened = browser.send(wrong, "/compte/numero", numero_etranger="75 03 00 00 77")

    assert wrong.status == 422
    assert opened.path == "/deposit/demarches/etudiant" and opened.links("/commencer/etudiant")


@pytest.mark.clause("DEP-47/b", "DEP-50/a")
def test_a_block_added_to_the_data_changes_what_is_given_from_its_day_of_effect_and_not_before(
    mongo: Mongo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pack = tmp_path_factory.mktemp("droit") / "droit"
    shutil.copytree(Path(droit_catalogue.__file__).parent.parent, pack)
    effet = clock.now().date() + timedelta(days=3)
    regime = pack / "regimes" / "api-j.toml"
    changed = f'\n[[duree]]\ndepuis = {effet}\nposition = "recommandation"\nmois = 6\nsource = "ddd-2024-12-11"\n'
    regime.write_text(regime.read_text().replace("\n[[renouvellement]]", f"{changed}\n[[renouvellement]]", 1))
    for deposit in start(mongo, tmp_path_factory.mktemp("change")):
        frame = cadre.cadre()
        cadre.holder.put(cadre.Cadre(frame.settings, load(pack), frame.position))
        before, after = a_person(deposit), a_person(deposit)

        first = before.file(titre_code="jeune-majeur-ne-et-scolarise", prefecture="69")
        deposit.advance(3)
        second = after.file(titre_code="jeune-majeur-ne-et-scolarise", prefecture="69")

        three, six = (next(d for d in filed["documents"] if d["nature"] == "API") for filed in (first, second))
        assert months(three) == 3 and EFFET in three["regle"]
        assert months(six) == 6 and clock.today() == effet
        assert f"depuis le {effet.day}" in six["regle"] or "depuis le 1er" in six["regle"]


def months(document: dict[str, Any]) -> int:
    """Whole months that a document lasts."""
    first = date.fromisoformat(document["debut_date"])
    last = date.fromisoformat(document["fin_date"]) + timedelta(days=1)
    return (last.year - first.year) * 12 + last.month - first.month
