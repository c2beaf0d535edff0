"""Clocks that run against the person: they stop while a blockage, a ticket, an impediment or an outage is open
(DEP-37, XCT-02).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

PANNE = "PANNE"


@dataclass(frozen=True)
class Arret:
    """A stop: the clock stands still from `debut` (that day included) until `fin` (excluded); None is still open."""

    cle: str
    cause: str
    debut: date
    fin: date | None = None


@dataclass(frozen=True)
class Panne:
    """An outage: nothing could be done online from `debut` to `fin`, both included; None is still open."""

    id: str
    debut: date
    fin: date | None = None
    prefectures: tuple[str, ...] = ()

    def concerns(self, prefecture: str) -> bool:
        """Whether the outage concerns this préfecture; one that names none concerns all."""
        return not self.prefectures or prefecture in self.prefectures

    @property
    def arret(self) -> Arret:
        """The stop that the outage causes: a day with an outage counts against nobody, even when it lasted an hour."""
        return Arret(f"panne:{self.id}", PANNE, self.debut, self.fin and self.fin + timedelta(days=1))


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
        # The last day belongs to the person: a stop that begins on it puts it off too.
        later = asked + timedelta(days=delay_days + days_stopped(stops, asked, due + timedelta(days=1)))
        if later == due:
            return due
        due = later


def protected_days(depot: date, deadlines: Collection[date], pannes: Iterable[Panne]) -> tuple[date, ...]:
    """First days of the outages in which a deadline of this filing ended, when it was filed in the time left after.

    The time left is what the person still had when the outage began: the filing then counts on that day (XCT-02).
    """
    found = []
    for panne in pannes:
        for deadline in deadlines:
            ended_in_it = panne.debut <= deadline and (panne.fin is None or deadline <= panne.fin)
            if ended_in_it and depot >= panne.debut and not _too_late(depot, deadline, panne):
                found.append(panne.debut)
    return tuple(found)


def _too_late(depot: date, deadline: date, panne: Panne) -> bool:
    return panne.fin is not None and depot > panne.fin + timedelta(days=1) + (deadline - panne.debut)
