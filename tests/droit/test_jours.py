"""Legal days are counted as the texts count them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droit import jours

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 15), 3, date(2024, 4, 15)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 11, 30), 3, date(2025, 2, 28)),
        (date(2024, 12, 1), 1, date(2025, 1, 1)),
        (date(2024, 6, 10), 0, date(2024, 6, 10)),
        (date(2024, 5, 31), 6, date(2024, 11, 30)),
    ],
)
def test_months_are_added_to_the_same_day_or_the_last_of_the_month(day: date, months: int, expected: date) -> None:
    assert jours.add_months(day, months) == expected


@given(day=DAYS, months=st.integers(0, 60))
def test_adding_months_never_goes_back_nor_skips_a_month(day: date, months: int) -> None:
    later = jours.add_months(day, months)
    assert later >= day
    assert (later.year - day.year) * 12 + later.month - day.month == months


@given(first=DAYS, months=st.integers(1, 12))
def test_the_next_document_begins_the_day_after_the_last_day(first: date, months: int) -> None:
    assert jours.last_day(first, months) + timedelta(days=1) == jours.add_months(first, months)


def test_the_window_runs_from_the_120th_to_the_60th_day_before_expiry() -> None:
    window = jours.window(date(2025, 1, 31), 120, 60)
    assert (window.ouverture_date, window.fermeture_date) == (date(2024, 10, 3), date(2024, 12, 2))


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2024, 10, 2), "avant"),
        (date(2024, 10, 3), "ouverte"),
        (date(2024, 12, 2), "ouverte"),
        (date(2024, 12, 3), "passee"),
        (date(2025, 2, 1), "passee"),
    ],
)
def test_both_ends_of_the_window_count(day: date, state: str) -> None:
    window = jours.window(date(2025, 1, 31), 120, 60)
    assert window.state(day) == state
    assert (day in window) == (state == "ouverte")
