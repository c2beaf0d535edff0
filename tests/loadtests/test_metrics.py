"""What workers expose is read as it is, and only what happened during the run counts."""

from __future__ import annotations

import pytest

from loadtests.metrics import Scrape, merged, quantile, total

INFINITE = float("inf")


def exposed(one: int, two: int, all_of_them: int, rejected: int = 0) -> str:
    name = "sejour_event_lag_seconds"
    subject = 'subject="deposit.demande.deposee"'
    return (
        f"# TYPE {name} histogram\n"
        f'{name}_bucket{{le="1.0",{subject}}} {one}\n'
        f'{name}_bucket{{le="2.0",{subject}}} {two}\n'
        f'{name}_bucket{{le="+Inf",{subject}}} {all_of_them}\n'
        f"{name}_count{{{subject}}} {all_of_them}\n"
        f"{name}_sum{{{subject}}} 12.5\n"
        "# TYPE sejour_rejets counter\n"
        f"sejour_rejets_total{{{subject}}} {rejected}\n"
    )


def scrape(*texts: str) -> Scrape:
    found = Scrape()
    for rank, text in enumerate(texts):
        found.add(text, f"worker-{rank}")
    return found


def test_what_was_there_before_the_run_does_not_count() -> None:
    seen = scrape(exposed(150, 170, 180, rejected=3)).since(scrape(exposed(100, 100, 100, rejected=1)))
    assert merged(seen.lag.values()) == {1.0: 50, 2.0: 70, INFINITE: 80}
    assert seen.rejected == 2


def test_a_subject_heard_for_the_first_time_counts_whole() -> None:
    assert total(merged(scrape(exposed(1, 2, 3)).since(Scrape()).lag.values())) == 3


def test_two_consumers_of_a_subject_are_told_apart_and_counted_together() -> None:
    seen = scrape(exposed(1, 1, 1), exposed(4, 5, 6))
    assert sorted(seen.lag) == ["worker-0 ← deposit.demande.deposee", "worker-1 ← deposit.demande.deposee"]
    assert total(merged(seen.lag.values())) == 7


@pytest.mark.parametrize(
    ("buckets", "share", "expected"),
    [
        ({1.0: 50, 2.0: 100, INFINITE: 100}, 0.50, 1.0),
        ({1.0: 50, 2.0: 100, INFINITE: 100}, 0.75, 1.5),
        ({1.0: 90, 2.0: 94, INFINITE: 100}, 0.95, 2.0),
        ({1.0: 0, 2.0: 0, INFINITE: 0}, 0.95, 0.0),
        ({}, 0.95, 0.0),
    ],
)
def test_a_quantile_lies_between_the_bounds_of_its_bucket(
    buckets: dict[float, float], share: float, expected: float
) -> None:
    assert quantile(buckets, share) == pytest.approx(expected)


def test_a_process_that_began_again_counts_from_its_start() -> None:
    seen = scrape(exposed(3, 4, 5)).since(scrape(exposed(100, 100, 100)))
    assert merged(seen.lag.values()) == {1.0: 3, 2.0: 4, INFINITE: 5}
