"""A run is held, not held, or not valid; the thresholds are those that were asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from loadtests.report import table
from loadtests.samples import Sample, achieved, faults, latencies, percentile
from loadtests.verdict import SEUILS, Issue, Mesures, judge

GOOD = Mesures(
    erreurs=0,
    manquees=0,
    sorties=1.0,
    debit=1.0,
    generateur_cpu=30,
    lectures_p95_ms=250,
    commandes_p95_ms=500,
    faits_p95_seconds=2,
    faits=1000,
    backlog_seconds=10,
    rejets=0,
    messages=1.0,
    demandes=100_000,
)
FAILS = [
    ("erreurs", 1, Issue.NON_TENU),
    ("manquees", 1, Issue.NON_TENU),
    ("rejets", 1, Issue.NON_TENU),
    ("lectures_p95_ms", 250.1, Issue.NON_TENU),
    ("commandes_p95_ms", 500.1, Issue.NON_TENU),
    ("faits_p95_seconds", 2.01, Issue.NON_TENU),
    ("backlog_seconds", 10.1, Issue.NON_TENU),
    ("backlog_seconds", None, Issue.NON_TENU),
    ("messages", 0.99, Issue.NON_TENU),
    ("demandes", 99_999, Issue.NON_TENU),
    ("debit", 0.989, Issue.NON_TENU),
    ("sorties", 0.989, Issue.NON_VALABLE),
    ("generateur_cpu", 90.5, Issue.NON_VALABLE),
]


def test_at_every_limit_exactly_the_run_is_held() -> None:
    assert judge(GOOD).issue is Issue.TENU


@pytest.mark.parametrize(("name", "value", "issue"), FAILS, ids=str)
def test_beyond_one_limit_it_is_not(name: str, value: float | None, issue: Issue) -> None:
    changed: dict[str, Any] = {name: value}
    verdict = judge(replace(GOOD, **changed))
    assert verdict.issue is issue
    assert [ligne.seuil.mesure for ligne in verdict.lignes if not ligne.tenu] == [name]


def test_each_threshold_is_tried_above() -> None:
    assert {seuil.mesure for seuil in SEUILS} == {name for name, _, _ in FAILS}


def test_a_generator_that_lags_says_nothing_of_the_system() -> None:
    assert judge(replace(GOOD, sorties=0.5, debit=0.5, erreurs=10)).issue is Issue.NON_VALABLE


def test_a_system_that_lags_under_a_generator_that_does_not_is_judged() -> None:
    assert judge(replace(GOOD, debit=0.5, manquees=10)).issue is Issue.NON_TENU


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_a_value_that_was_seen(share: float, expected: int) -> None:
    assert percentile(list(range(1, 101)), share) == expected


def test_latencies_leave_out_warming_up_and_what_failed() -> None:
    seen = latencies(
        [Sample("piece", -1, 9.0), Sample("piece", 0, 0.1), Sample("piece", 1, 0.3), Sample("piece", 2, 5.0, "503")]
    )
    assert (seen.count, seen.p50_ms, seen.p95_ms, seen.max_ms) == (2, 100, 300, 300)


def test_an_answer_after_the_end_was_not_in_time() -> None:
    samples = [
        Sample("piece", 9, 0.5),
        Sample("piece", 9.9, 1.0),
        Sample("piece", 9, 2.5),
        Sample("piece", 1, 1, "500"),
    ]
    assert achieved(samples, seconds=10) == 2


def test_an_error_of_the_warm_up_is_an_error() -> None:
    assert faults([Sample("depot", -1, 1, "503"), Sample("depot", 1, 1, "503"), Sample("file", 1, 1)]) == {
        "depot : 503": 2
    }


def test_a_table_puts_words_to_the_left_and_figures_to_the_right() -> None:
    assert table(("a", "b"), [("x", "10"), ("yy", "5")]).splitlines() == ["a    b", "--  --", "x   10", "yy   5"]
