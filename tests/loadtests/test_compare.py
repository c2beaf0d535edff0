"""Two versions are compared by what several runs of the first differ by among themselves, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.compare import doubts, figures, text


def a_report(p95_ms: float, *, others: float = 0.0, peaks: float = 2.0) -> dict[str, Any]:
    return {
        "demande": {"factor": peaks, "demandes": 100_000},
        "latences": {"depot": {"p50_ms": 10.0, "p95_ms": p95_ms}},
        "faits": {"p95": 0.5},
        "cpu_ms_par_operation": {"deposit.web": 8.0, "front": 0.05},
        "autres_cpu_secondes": others,
        "duree_secondes": 100.0,
    }


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ([100.0, 104.0], 103.0, "dans le bruit"),
        ([100.0, 104.0], 130.0, "plus"),
        ([100.0, 104.0], 80.0, "moins"),
        ([100.0, 140.0], 300.0, "pas jugé : trop de bruit"),
        ([100.0], 300.0, "une seule mesure de A"),
    ],
)
def test_a_difference_is_judged_by_the_noise_of_the_machine(a: list[float], b: float, verdict: str) -> None:
    found = {one.name: one for one in figures([a_report(value) for value in a], [a_report(b)])}
    assert found["depot, p95 ms"].verdict == verdict
    assert "processeur par opération, front, ms" not in found


def test_what_cannot_be_compared_is_said() -> None:
    assert doubts([a_report(1.0)], [a_report(1.0)]) == []
    assert "la même chose" in doubts([a_report(1.0)], [a_report(1.0, peaks=3.0)])[0]
    assert "machine seule" in text([a_report(1.0)], [a_report(1.0, others=30.0)])
