"""Clocks that run against the person: they stop while a blockage, a ticket, an impediment or an outage is open
(DEP-37).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Arret:
    """A stop: the clock stands still from `debut` (that day included) until `fin` (excluded); None is still open."""

    cle: str
    cause: str
    debut: date
    fin: date | None = None


def days_stopped(arrets: Iterable[Arret], since: date, until: date) -> int:
    """Days between `since` and `until` on which at least one stop was open; overlapping stops count once."""
    spans = sorted((max(a.debut, since), min(a.fin or until, until)) for a in arrets)
    total, reached = 0, since
    for start, end in spans:
        start = max(start, reached)
        if end > start:
            total += (end - start).days
            reached = end
    return total


def due_day(asked: date, delay_days: int, arrets: Iterable[Arret]) -> date | None:
    """The last day to answer, put off by each day stopped; None while a stop is open (no clock runs)."""
    stops = tuple(arrets)
    if any(stop.fin is None for stop in stops):
        return None
    due = asked + timedelta(days=delay_days)
    while True:
        later = asked + timedelta(days=delay_days + days_stopped(stops, asked, due))
        if later == due:
            return due
        due = later
