"""The eleven document regimes, in both positions of the switch."""

from __future__ import annotations

from datetime import date

import pytest

from droit.catalogue import catalogue
from droit.catalogue.regime import Document
from droit.dates import Position

DAY = date(2025, 6, 1)
REC, DROIT = Position.RECOMMANDATION, Position.DROIT_EN_VIGUEUR

# code, position: delivered, act that opens it, first day, end, months (0: no limit), renewal, work mention printed
TABLE = [
    ("AD", REC, True, "depot", "declencheur", "sans-objet", 0, "sans-objet", False),
    ("AD", DROIT, True, "depot", "declencheur", "sans-objet", 0, "sans-objet", False),
    ("API-G", REC, True, "completude", "expiration", "decision", 3, "automatique", True),
    ("API-G", DROIT, True, "completude", "expiration", "decision", 3, "sur-demande", True),
    ("API-J", REC, True, "depot", "declencheur", "decision", 3, "automatique", True),
    ("API-J", DROIT, True, "depot", "declencheur", "decision", 3, "sur-demande", True),
    ("API-B", REC, True, "depot", "declencheur", "decision", 6, "automatique", True),
    ("API-B", DROIT, True, "depot", "declencheur", "decision", 6, "sur-demande", True),
    ("API-T", REC, True, "completude", "expiration", "decision", 3, "automatique", True),
    ("API-T", DROIT, True, "completude", "expiration", "decision", 3, "sur-demande", True),
    ("API-F", REC, True, "completude", "expiration", "decision", 3, "automatique", True),
    ("API-F", DROIT, True, "completude", "expiration", "decision", 3, "sur-demande", True),
    ("ADF", REC, True, "decision", "declencheur", "remise", 0, "sans-objet", True),
    ("ADF", DROIT, True, "decision", "declencheur", "remise", 0, "sans-objet", False),
    ("ADF-B", REC, True, "completude", "declencheur", "remise", 0, "sans-objet", True),
    ("ADF-B", DROIT, False, "completude", "declencheur", "remise", 0, "sans-objet", False),
    ("REG", REC, True, "completude", "declencheur", "decision", 3, "automatique", True),
    ("REG", DROIT, False, "completude", "declencheur", "decision", 3, "automatique", True),
    ("REC", REC, True, "depot", "declencheur", "remise", 3, "automatique", True),
    ("REC", DROIT, True, "depot", "declencheur", "remise", 3, "automatique", True),
    ("BLO", REC, True, "constat", "declencheur", "sans-objet", 0, "sans-objet", False),
    ("BLO", DROIT, True, "constat", "declencheur", "sans-objet", 0, "sans-objet", False),
]


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line[0]}-{line[1]}")
def test_a_regime_says_what_it_gives(line: tuple[object, ...]) -> None:
    code, position, *expected = line
    assert isinstance(code, str) and isinstance(position, Position)
    applied = catalogue().regimes[code].at(DAY, position)
    found = [
        applied.delivre.value,
        applied.declencheur.value,
        applied.debut.value,
        applied.fin.value,
        applied.duree.value.mois or 0,
        applied.renouvellement.value,
        applied.droits.value.travail_imprime,
    ]
    assert found == expected


def test_the_eleven_regimes_are_there() -> None:
    assert set(catalogue().regimes) == {str(line[0]) for line in TABLE}
    assert {r.document for r in catalogue().regimes.values()} == set(Document)


@pytest.mark.parametrize("code", ["API-G", "API-J", "API-T", "API-F"])
def test_six_months_may_be_chosen_by_a_prefecture_in_one_position_only(code: str) -> None:
    regime = catalogue().regimes[code]
    assert regime.at(DAY, REC).duree.value.choix == (3, 6)
    assert regime.at(DAY, DROIT).duree.value.choix == (3,)


def test_every_right_is_said_in_a_sentence_with_texts_that_exist() -> None:
    for regime in catalogue().regimes.values():
        for position in Position:
            applied = regime.at(DAY, position)
            assert applied.droits.value.phrase.endswith(".")
            assert applied.droits.value.textes or not applied.delivre.value
            assert all(catalogue().texte(cle) for cle in applied.droits.value.textes)
            assert applied.delivre.regle.startswith("Règle appliquée : ")
            assert position.libelle in applied.delivre.regle


def test_each_value_cites_its_own_source() -> None:
    applied = catalogue().regimes["API-G"].at(DAY, REC)
    assert (applied.renouvellement.source, applied.renouvellement.citation.section) == ("ddd-2024-12-11", "rec. 7-a")
    assert applied.droits.source == "ceseda-r431-15-2"
