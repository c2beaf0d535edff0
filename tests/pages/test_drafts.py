"""What is typed stays on the device: for the same person only, until the service says that it is done."""

from __future__ import annotations

import pytest

from dev import people
from tests.pages.conftest import TELEPHONE, World, helper_code

pytestmark = pytest.mark.timeout(600)

TITLE = "/deposit/titres/ajouter"
LABEL = "[name=libelle]"
TAKE = "text=Reprendre ce que j'avais écrit"


def test_what_is_typed_outlives_the_tab_and_the_network_and_ends_with_the_answer_or_the_sign_out(world: World) -> None:
    context = world.context("usager", TELEPHONE)
    page = context.new_page()
    page.goto(TITLE)
    page.fill(LABEL, "Carte de séjour")
    page.close()

    page = context.new_page()
    page.goto(TITLE)
    assert page.input_value(LABEL) == ""
    page.click(TAKE)
    assert page.input_value(LABEL) == "Carte de séjour"
    assert page.locator(TAKE).count() == 0

    context.set_offline(True)
    with page.expect_event("requestfailed"):
        page.click("main form button[type=submit]", no_wait_after=True)
    context.set_offline(False)
    page.goto(TITLE)
    page.click(TAKE)
    for part, value in {"jour": "1", "mois": "2", "annee": "2028"}.items():
        page.fill(f"[name=fin_date-{part}]", value)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/deposit/espace**")
    page.goto(TITLE)
    assert page.locator(TAKE).count() == 0

    page.fill(LABEL, "Autre carte")
    page.click("text=Se déconnecter")
    page.wait_for_load_state()
    assert page.evaluate("localStorage.length") == 0
    # Her session is over: the next test signs her in again.
    del world.states["usager"]
    context.close()


def test_the_next_person_at_a_shared_computer_is_offered_nothing(world: World) -> None:
    context = world.context("usager", TELEPHONE)
    page = context.new_page()
    page.goto(TITLE)
    page.fill(LABEL, "Carte de séjour")
    context.clear_cookies()
    page.goto("/deposit/comptes")
    page.fill("[name=nom]", "Diallo")
    page.reload()
    assert page.input_value("[name=nom]") == ""

    page.goto("/deposit/aidants/connexion")
    page.fill("[name=login]", people.AIDANTE)
    page.fill("[name=password]", people.MOT_DE_PASSE)
    page.fill("[name=code]", helper_code(world.stack))
    page.click("main button[type=submit]")
    page.wait_for_url("**/deposit/aidants/")

    assert page.evaluate("localStorage.length") == 0
    context.close()
