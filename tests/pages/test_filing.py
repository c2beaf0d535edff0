"""A person files from the first choice to her attestation, on a telephone, a tablet and a computer (DEP-10)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.deposit.conftest import PDF
from tests.pages.conftest import DESK, TELEPHONE, World

pytestmark = pytest.mark.timeout(600)

TABLET = {"width": 820, "height": 1180}


@pytest.mark.clause("DEP-10/a", "DEP-10/b", "DEP-10/c")
@pytest.mark.parametrize("viewport", [TELEPHONE, TABLET, DESK], ids=["telephone", "tablette", "ordinateur"])
def test_a_person_files_from_the_first_choice_to_the_attestation(
    world: World, tmp_path: Path, viewport: dict[str, int]
) -> None:
    context = world.context("usager", viewport)
    page = context.new_page()
    piece = tmp_path / "piece.pdf"
    piece.write_bytes(PDF)

    def seen() -> None:
        """The page needs no sideways scroll."""
        assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"), (
            page.url
        )

    page.goto("/deposit/choisir")
    seen()
    page.click("main a[href$='/choisir/sejour']")
    seen()
    page.click("main a[href$='/demarches/visiteur'] >> nth=0")
    page.click("main a[href$='/commencer/visiteur'] >> nth=0")
    seen()
    page.check("[name=situation][value=aucun]")
    page.select_option("[name=prefecture]", "75")
    page.click("main form button[type=submit] >> nth=0")
    page.click("main a[href$='/pieces'] >> nth=0")
    seen()
    for code in page.eval_on_selector_all("main section[id]", "all => all.map(one => one.id)"):
        if page.locator(f"#{code} form.upload").count() and code not in ("autre", "preuve-remise"):
            page.set_input_files(f"#{code} [name=fichier]", piece)
            page.click(f"#{code} form.upload button[type=submit]")
            page.locator(f"#{code} ul a").first.wait_for()
    page.click("main a[href$='/verifier']")
    seen()
    page.click("main form[action$='/deposer'] button[type=submit]")
    page.wait_for_url(re.compile("/confirmation$"))
    seen()
    with page.expect_download() as given:
        page.click("main a[href$='.pdf'] >> nth=0")

    assert "Votre demande est déposée" in page.inner_text("h1")
    assert given.value.path().read_bytes().startswith(b"%PDF-")
    context.close()
