"""Clocks that run against the person: they stop while a blockage, a ticket, an impediment or an outage is open
(DEP-37, XCT-02).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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

    def holds(self, day: date) -> bool:
        """Whether nothing could be done online on that day."""
        return self.debut <= day and (self.fin is None or day <= self.fin)

    @property
    def arret(self) -> Arret:
        """The stop that the outage causes: a day with an outage counts against nobody, even when it lasted an hour."""
        return Arret(f"panne:{self.id}", PANNE, self.debut, self.fin and self.fin + timedelta(days=1))


@dataclass(frozen=True)
class Sejour:
    """The days on which a préfecture had a demande: from `debut` (None: since the filing) to `fin` (None: still)."""

    prefecture: str
    debut: date | None
    fin: date | None


def stays(left: Sequence[tuple[str, date]], now: str) -> tuple[Sejour, ...]:
    """Which préfecture had the demande and when; `left` are those that it left, each with the day, `now` has it."""
    since: date | None = None
    found = []
    for prefecture, day in left:
        found.append(Sejour(prefecture, since, day))
        since = day
    return (*found, Sejour(now, since, None))


def met_during(panne: Panne, stays: Iterable[Sejour]) -> Iterator[Panne]:
    """The days of an outage that fell on a demande, one piece for each préfecture concerned that had it then."""
    for stay in stays:
        debut = panne.debut if stay.debut is None else max(panne.debut, stay.debut)
        ends = [day for day in (panne.fin, stay.fin) if day is not None]
        fin = min(ends) if ends else None
        if panne.concerns(stay.prefecture) and (fin is None or debut <= fin):
            yield replace(panne, debut=debut, fin=fin)


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

    The time left is what the person still had when the outage began, and it runs on the days without outage alone:
    another one that comes meanwhile takes none of it. The filing then counts on that first day (XCT-02).
    """
    outages = tuple(pannes)
    # As of the day of filing: an outage that lasts still is one day longer.
    stops = [replace(p.arret, fin=min(p.arret.fin or date.max, depot + timedelta(days=1))) for p in outages]
    met = ((panne, deadline) for panne in outages for deadline in deadlines if panne.holds(deadline))
    return tuple(
        panne.debut
        for panne, deadline in met
        if panne.debut <= depot <= (due_day(panne.debut, (deadline - panne.debut).days, stops) or date.max)
    )
