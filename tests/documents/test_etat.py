"""A third party gets a plain verdict for a day, and nothing that the paper does not show."""

from __future__ import annotations

from datetime import date

import pytest

from documents.etat import EtatDocument, Suivi, etat, not_checked, verification
from documents.nature import Nature
from documents.rendu import render
from tests.documents.exemples import JOUR, contenu
from tests.documents.lecture import text_of

# API of the examples: issued 12 March 2027, valid from 13 March to 12 June 2027; the ADF has no end.
VERDICTS = [
    (Nature.API, date(2027, 3, 12), Suivi(), EtatDocument.A_VENIR, "à partir du 13 mars 2027"),
    (Nature.API, date(2027, 3, 13), Suivi(), EtatDocument.VALIDE, "jusqu’au 12 juin 2027 inclus"),
    (Nature.API, date(2027, 6, 12), Suivi(), EtatDocument.VALIDE, "valable le 12 juin 2027"),
    (Nature.API, date(2027, 6, 13), Suivi(), EtatDocument.TERMINE, "jusqu’au 12 juin 2027"),
    (Nature.API, date(2027, 4, 1), Suivi(remplace_date=date(2027, 4, 1)), EtatDocument.REMPLACE, "1er avril 2027"),
    (Nature.API, date(2027, 3, 31), Suivi(remplace_date=date(2027, 4, 1)), EtatDocument.VALIDE, "31 mars 2027"),
    (Nature.ADF, date(2047, 1, 1), Suivi(), EtatDocument.VALIDE, "1er janvier 2047"),
    (Nature.ADF, date(2027, 9, 2), Suivi(termine_date=date(2027, 9, 1)), EtatDocument.TERMINE, "1er septembre 2027"),
    (Nature.ADF, date(2027, 8, 31), Suivi(termine_date=date(2027, 9, 1)), EtatDocument.VALIDE, "31 août 2027"),
    (Nature.AD, JOUR, Suivi(), EtatDocument.VALIDE, "12 mars 2027"),
    (Nature.BLO, date(2027, 3, 11), Suivi(), EtatDocument.A_VENIR, "12 mars 2027"),
]


@pytest.mark.parametrize(("nature", "jour", "suivi", "expected", "said"), VERDICTS)
def test_a_document_has_one_verdict_on_each_day(
    nature: Nature, jour: date, suivi: Suivi, expected: EtatDocument, said: str
) -> None:
    answer = verification(contenu(nature), jour, suivi)

    assert answer.etat is etat(contenu(nature), jour, suivi) is expected
    assert said in answer.phrase


def test_an_unknown_reference_and_a_silent_issuer_are_two_answers() -> None:
    assert verification(None, JOUR).to_dict()["etat"] == "inconnu"
    assert not_checked(JOUR).to_dict() == {
        "etat": "non-verifie",
        "jour": "2027-03-12",
        "phrase": "L’état de ce document n’a pas pu être vérifié. Ce n’est pas un refus : recommencez plus tard.",
    }


def test_a_replaced_document_leads_to_the_one_that_replaces_it() -> None:
    suivi = Suivi(remplace_date=JOUR, remplace_par="4NME-AHXE-AZXXP")

    assert verification(contenu(Nature.API), JOUR, suivi).document["remplace_par"] == "4NME-AHXE-AZXXP"


@pytest.mark.parametrize("nature", Nature)
def test_a_check_shows_no_personal_data_that_the_paper_does_not(nature: Nature) -> None:
    document = contenu(nature, fondement="ordonnance de protection")
    shown = verification(document, JOUR).document
    text = text_of(render(document)).replace(" ", "")

    for name in ("nom", "prenoms", "titre_libelle", "article", "travail_mention", "mentions"):
        found = shown.get(name, "")
        values = found if isinstance(found, list) else [found]
        assert all(value.replace(" ", "") in text for value in values if value), name
    assert "ordonnance" not in str(shown)
    assert "9912345678" not in str(shown)
    assert "Lilas" not in str(shown)
