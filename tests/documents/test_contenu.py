"""A document that lacks what it must say does not exist."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest

from documents.contenu import MAX_BYTES, Contenu, Personne
from documents.nature import Nature
from droit.decision import Refused
from tests.documents.exemples import EXTRA, PERSONNE, contenu


@pytest.mark.parametrize("nature", Nature)
def test_a_document_goes_through_json_and_comes_back_equal(nature: Nature) -> None:
    document = contenu(nature)
    stored = json.dumps(document.to_dict())

    assert Contenu.from_dict(json.loads(stored)) == document
    assert len(stored) < MAX_BYTES


MISSING = [
    (Nature.AD, {"personne": None}, "personne"),
    (Nature.AD, {"depot_date": None}, "depot_date"),
    (Nature.AD, {"emetteur": "  "}, "emetteur"),
    (Nature.API, {"article": ""}, "article"),
    (Nature.API, {"travail_mention": ""}, "travail_mention"),
    (Nature.API, {"titre_libelle": ""}, "titre_libelle"),
    (Nature.API, {"droits": ()}, "droits"),
    (Nature.API, {"fin_date": None}, "fin_date"),
    (Nature.API, {"fin_date": date(2020, 1, 1)}, "fin_date"),
    (Nature.API, {"fin_date": datetime(2028, 1, 1, 12)}, "fin_date"),  # noqa: DTZ001 the fault under test
    (Nature.ADF, {"travail_mention": ""}, "travail_mention"),
    (Nature.ADF, {"fin_date": date(2030, 1, 1)}, "fin_date"),
    (Nature.REC, {"numero": "1" * 18 + "2"}, "numero"),
    (Nature.REC, {"personne": Personne(nom=" ", prenoms="")}, "personne.nom"),
    (Nature.REC, {"personne": Personne(nom="x" * 1001, prenoms="")}, "personne.nom"),
    (Nature.LETTRE, {"paragraphes": ()}, "paragraphes"),
    (Nature.LETTRE, {"paragraphes": ("x" * MAX_BYTES,)}, "contenu"),
    (Nature.LETTRE, {"extra": {"objet": "x", "autre": object()}}, "extra"),
]


@pytest.mark.parametrize(("nature", "changes", "champ"), MISSING)
def test_an_incomplete_document_is_refused_and_the_field_named(
    nature: Nature, changes: dict[str, Any], champ: str
) -> None:
    with pytest.raises(Refused) as refused:
        contenu(nature, **changes)

    assert refused.value.champ == champ


@pytest.mark.parametrize("entry", ["motif", "pieces_manquantes", "texte", "recours", "reouverture", "effet_date"])
def test_a_closing_notice_without_its_reason_or_another_part_is_refused(entry: str) -> None:
    for empty in (None, "", ()):
        with pytest.raises(Refused) as refused:
            contenu(Nature.CLOTURE, extra=EXTRA[Nature.CLOTURE] | {entry: empty})

        assert refused.value.champ == f"extra.{entry}"


@pytest.mark.parametrize(
    ("nature", "change", "champ"),
    [
        (Nature.BLO, {"symptome": ""}, "extra.symptome"),
        (Nature.BLO, {"tentatives": []}, "extra.tentatives"),
        (Nature.BLO, {"tentatives": ["hier"]}, "extra.tentatives"),
        (Nature.BLO, {"voies": ["guichet"]}, "extra.voies"),
        (Nature.CONVOCATION, {"lieu": ""}, "extra.lieu"),
        (Nature.CONVOCATION, {"pieces": "passeport"}, "extra.pieces"),
        (Nature.PREUVE_VISITE, {"difficulte": ""}, "extra.difficulte"),
        (Nature.PREUVE_ENVOI, {"envoi_date": 12}, "extra.envoi_date"),
        (Nature.PREUVE_ENVOI, {"envoi_date": "2027-03-12T09:00[Lune]"}, "extra.envoi_date"),
        (Nature.DECISION, {"motif": ""}, "extra.motif"),
        (Nature.DECISION, {"sens": "peut-être"}, "extra.sens"),
    ],
)
def test_each_document_checks_what_is_its_own(nature: Nature, change: dict[str, Any], champ: str) -> None:
    with pytest.raises(Refused) as refused:
        contenu(nature, extra=EXTRA[nature] | change)

    assert refused.value.champ == champ


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_the_sentence_that_contradicts_the_right_to_work_is_on_no_document(apostrophe: str) -> None:
    phrase = (
        f"Ne permet pas d{apostrophe}exercer  une activité professionnelle "
        "sauf si une autorisation de travail a été obtenue"
    )
    for changes in ({"travail_mention": phrase}, {"paragraphes": (phrase,)}, {"mentions": (phrase,)}):
        with pytest.raises(Refused) as refused:
            contenu(Nature.API, **changes)

        assert refused.value.motif.code == "DOCUMENT_MENTION_CONTRAIRE"


@pytest.mark.parametrize(
    "change",
    [
        {"nature": "XXX"},
        {"emis_date": "demain"},
        {"personne": "Zoë"},
        {"droits": ["séjour"]},
        {"emis_date": 3},
        {"numero": 3},
    ],
)
def test_stored_data_that_are_no_document_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        Contenu.from_dict(contenu(Nature.API).to_dict() | change)


def test_a_document_does_not_change_with_the_data_it_was_made_from() -> None:
    extra = dict(EXTRA[Nature.BLO])
    document = contenu(Nature.BLO, extra=extra)
    extra["symptome"] = "autre"

    assert document.extra["symptome"] == EXTRA[Nature.BLO]["symptome"]
    assert document.personne == PERSONNE
