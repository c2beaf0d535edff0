"""A dated value answers for a day and a position, or says why it cannot."""

from __future__ import annotations

from datetime import date

import pytest

from droit.dates import Bloc, Citation, Dated, Position
from droit.decision import Refused
from droit.jours import day_in_words

TEXTE = Citation("ceseda-r431-5", "CESEDA, article R. 431-5")
AUTRE = Citation("regle-du-service", "Règle de ce service", "réglage")


def _same() -> Dated[int]:
    return Dated((Bloc(date(2021, 5, 1), 30, TEXTE), Bloc(date(2024, 1, 1), 45, AUTRE)))


def _switched() -> Dated[str]:
    return Dated(
        (
            Bloc(date(2021, 5, 1), "large", AUTRE, Position.RECOMMANDATION),
            Bloc(date(2023, 8, 1), "etroit", TEXTE, Position.DROIT_EN_VIGUEUR),
        )
    )


@pytest.mark.parametrize(
    ("day", "value"),
    [(date(2021, 5, 1), 30), (date(2023, 12, 31), 30), (date(2024, 1, 1), 45), (date(2030, 1, 1), 45)],
)
@pytest.mark.parametrize("position", list(Position))
def test_the_last_block_begun_applies_in_both_positions(day: date, value: int, position: Position) -> None:
    assert _same().at(day, position).value == value


def test_each_position_reads_its_own_blocks() -> None:
    day = date(2024, 3, 1)
    assert _switched().at(day, Position.RECOMMANDATION).value == "large"
    assert _switched().at(day, Position.DROIT_EN_VIGUEUR).value == "etroit"


@pytest.mark.parametrize(
    ("day", "position"),
    [(date(2021, 4, 30), Position.RECOMMANDATION), (date(2023, 7, 31), Position.DROIT_EN_VIGUEUR)],
)
def test_a_day_before_the_first_block_is_refused_not_defaulted(day: date, position: Position) -> None:
    assert not _switched().is_known(day, position)
    with pytest.raises(Refused) as refused:
        _switched().at(day, position)
    assert refused.value.motif.code == "AVANT_LA_REGLE"


def test_a_value_says_the_rule_applied_in_one_sentence() -> None:
    value = _switched().at(date(2024, 3, 1), Position.DROIT_EN_VIGUEUR)
    assert value.source == "ceseda-r431-5"
    assert value.regle == (
        "Règle appliquée : CESEDA, article R. 431-5, position droit en vigueur, depuis le 1er août 2023"
    )


def test_a_long_text_is_cited_with_its_section() -> None:
    value = _switched().at(date(2024, 3, 1), Position.RECOMMANDATION)
    assert "Règle de ce service (réglage), position recommandation, depuis le 1er mai 2021" in value.regle


@pytest.mark.parametrize(
    ("day", "words"), [(date(2024, 2, 1), "1er février 2024"), (date(2023, 12, 25), "25 décembre 2023")]
)
def test_dates_are_written_out(day: date, words: str) -> None:
    assert day_in_words(day) == words
