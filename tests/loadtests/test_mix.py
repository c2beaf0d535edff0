"""The mix is the table of national volume, figure by figure."""

from __future__ import annotations

import pytest

from droit.catalogue import catalogue
from droit.dates import Position
from loadtests import run
from loadtests.mix import EVERYTHING, MIX, ON_TOP, Kind, Part, driven, total_rate
from loadtests.subjects import subject

# anchors/limits.md, « National volume »: a year, then a second at the peak.
TABLE = {
    "connexion": (1_229_869, 1.7),
    "brouillon": (9_838_952, 13.7),
    "piece": (4_919_476, 6.8),
    "depot": (1_229_869, 1.7),
    "statut": (3_689_607, 5.1),
    "message": (4_919_476, 6.8),
    "saisine": (3_780_000, 5.3),
    "visite": (131_426, 0.2),
}


@pytest.mark.parametrize("part", MIX, ids=lambda part: part.operation)
def test_each_operation_has_the_yearly_volume_and_the_peak_of_the_table(part: Part) -> None:
    a_year, a_second = TABLE[part.operation]
    assert part.a_year == a_year
    assert part.rate(10) == pytest.approx(a_second, abs=0.051)


def test_the_table_sums_to_its_total() -> None:
    assert {part.operation for part in MIX} == set(TABLE)
    assert sum(part.a_year for part in MIX) == 29_738_675
    assert round(total_rate(10), 1) == 41.3


def test_two_peaks_are_eighty_three_operations_a_second() -> None:
    assert round(total_rate(2 * run.peak_factor())) == 83


def test_the_peak_factor_is_the_named_setting() -> None:
    assert run.peak_factor() == catalogue().national.number("P-PEAK", run.legal_day(), Position.RECOMMANDATION)


def test_messages_follow_from_facts_and_are_never_sent_by_the_generator() -> None:
    assert "message" not in {part.operation for part in driven()}
    assert {part.operation for part in driven()} == {p.operation for p in EVERYTHING} - {"message"}


def test_what_comes_on_top_says_that_it_is_ours() -> None:
    assert all("hypothèse de ces essais" in part.source for part in ON_TOP)
    assert not {part.operation for part in driven() if part.kind is Kind.LECTURE} & set(TABLE)


def test_some_operations_alone_can_be_weighed() -> None:
    assert [part.operation for part in driven(("piece",))] == ["piece"]


def test_contacts_are_about_what_the_state_counts() -> None:
    subjects = [subject(number)[0] for number in range(1, 101)]
    assert {name: subjects.count(name) for name in set(subjects)} == {
        "TELEPROCEDURE": 14,
        "INFORMATION": 50,
        "SUIVI": 30,
        "AUTRE": 6,
    }
