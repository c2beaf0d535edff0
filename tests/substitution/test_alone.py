"""With the four others and the broker down, substitution opens a voie and gives a dated written convocation."""

from __future__ import annotations

import re
from datetime import date

import pytest

from blocage.actions import by_reference
from services.substitution.actions.voies import identity_key
from services.substitution.store import Blocage, Voie
from tests.substitution.conftest import World

OPENING = {
    "prefecture": "93",
    "objet": "titre:conjoint-de-francais",
    "nom": "Diallo",
    "prenoms": "Awa",
    "naissance-jour": "4",
    "naissance-mois": "5",
    "naissance-annee": "1990",
}


@pytest.mark.clause("SUB-01/a", "SUB-06/c")
def test_anybody_opens_a_voie_by_choice_and_holds_a_convocation_at_once(world: World) -> None:
    """No account, no proof, no condition: reference, deadline and a PDF in the same visit."""
    browser = world.browser()

    answer = browser.post("/substitution/ouvrir", OPENING, follow_redirects=True)

    voie = Voie.objects(cle_identite=identity_key("Diallo", date(1990, 5, 4))).first()
    assert answer.status_code == 200 and voie.reference in answer.text
    assert "16 mars 2027" in answer.text
    pdf = browser.get(f"/substitution/ma-voie/documents/{voie.convocation_numero}.pdf")
    assert pdf.status_code == 200 and pdf.data.startswith(b"%PDF")


@pytest.mark.clause("SUB-06/c")
def test_who_is_stuck_gets_a_blocage_a_voie_and_a_convocation_in_one_request(world: World) -> None:
    """The still page of a dead téléservice leads here: nothing but the words is asked."""
    browser = world.browser()
    assert browser.get("/substitution/je-n-y-arrive-pas?de=/deposit/").status_code == 200

    answer = browser.post("/substitution/je-n-y-arrive-pas", {"essai": "la page ne répond pas"}, follow_redirects=True)

    blocage = by_reference(Blocage, re.findall(r"B-[A-Z0-9]{4}-[A-Z0-9]{4}", answer.text)[0])
    voie = Voie.objects(blocage_id=blocage.id).first()
    assert answer.status_code == 200 and blocage.reference in answer.text
    page = browser.get("/substitution/ma-voie")
    assert voie.reference in page.text
    assert browser.get(f"/substitution/ma-voie/documents/{voie.convocation_numero}.pdf").data.startswith(b"%PDF")
