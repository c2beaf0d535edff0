"""A published calendar of free slots (ICS), read only: what we book in it stays ours, and the place reads it back."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from math import prod

import icalendar
from recurring_ical_events import EventAdapter, Series

from chassis import hours
from services.pan.adapters.contrat import CreneauExterne, Muet, fetch

# What one calendar may cost, whatever is written in it: beyond, it is refused whole, and the log says why.
WINDOW_DAYS, OCCURRENCES, STEPS, CPU_SECONDS = 92, 5000, 200_000, 2.0
# From a zone to the farthest one, so that the days asked are those of the place.
ZONES = timedelta(days=2)
DAY_MINUTES = 24 * 60
# The dateutil rule of a shorter step could run for hours without one occurrence.
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
# What says when an event happens; None is a line that could be any of them.
TIMES = {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", None}
# What icalendar, dateutil and recurring-ical-events raise on what they cannot read.
UNREADABLE = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError)


class Ics:
    """One calendar: each occurrence of a VEVENT that is not busy nor cancelled is a free slot.

    Its LOCATION is the code of a place, or there is one place only. An hour without a time zone is that of the place
    (`fuseaux`, by code).
    """

    # The calendar only shows: the booking is ours, and the place sees it in its list of the day.
    peut_reserver = True

    def __init__(self, url: str, fuseaux: Mapping[str, str]) -> None:
        self._url, self._fuseaux = url, fuseaux

    def list(self, lieu_ids: Sequence[str], objet: str, du: date, au: date) -> list[CreneauExterne]:
        if (au - du).days > WINDOW_DAYS:
            raise Muet(f"more than {WINDOW_DAYS} days asked")
        response = fetch("GET", self._url, headers={"Accept": "text/calendar"})
        if response.status_code != 200:
            raise Muet(f"HTTP {response.status_code}")
        try:
            calendar = icalendar.Calendar.from_ical(response.content)
        except ValueError as error:
            raise Muet("not a calendar") from error
        slots = [self._slot(event, repeats, lieu_ids) for event, repeats in _occurrences(calendar, du, au)]
        return [slot for slot in slots if slot is not None and du <= self._day(slot) <= au]

    def book(self, cle: str, rendez_vous_id: str, reference: str) -> str:
        return rendez_vous_id

    def cancel(self, reservation: str) -> None:
        return None

    def _day(self, slot: CreneauExterne) -> date:
        return hours.local(slot.debut, self._fuseaux[slot.lieu_id]).date()

    def _slot(self, event: icalendar.Component, repeats: bool, lieu_ids: Sequence[str]) -> CreneauExterne | None:
        start, end = event.decoded("DTSTART"), event.decoded("DTEND")
        lieu_id = self._place(event, lieu_ids)
        if not lieu_id or not _is_free(event) or not isinstance(start, datetime) or not isinstance(end, datetime):
            return None
        begins, ends = (hours.local(written, self._fuseaux[lieu_id]).astimezone(UTC) for written in (start, end))
        minutes = int((ends - begins).total_seconds() // 60)
        if not 0 < minutes <= DAY_MINUTES:
            return None
        link = str(event.get("URL", ""))
        uid, hour = str(event.get("UID", "")), f"{begins:%Y%m%dT%H%M}"
        # An occurrence is known by its hour: once moved it is another slot, and who holds the former one keeps it.
        cle = uid if uid and not repeats else f"{uid or lieu_id}@{hour}"
        return CreneauExterne(cle, lieu_id, begins, minutes, link if link.startswith("https://") else "")

    def _place(self, event: icalendar.Component, lieu_ids: Sequence[str]) -> str:
        """The place of an event among those asked; none when it names another place of this calendar."""
        written = str(event.get("LOCATION", ""))
        if written in lieu_ids:
            return written
        return lieu_ids[0] if len(lieu_ids) == 1 and written not in self._fuseaux else ""


def _is_free(event: icalendar.Component) -> bool:
    """An event is a free period unless it says that it is cancelled or busy; by itself, Outlook says « busy » twice."""
    said = {name: str(event.get(name, "")).upper() for name in ("STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS")}
    return (
        said["STATUS"] != "CANCELLED"
        and said["TRANSP"] != "OPAQUE"
        and said["X-MICROSOFT-CDO-BUSYSTATUS"] in ("", "FREE")
    )


def _occurrences(calendar: icalendar.Component, du: date, au: date) -> Iterator[tuple[icalendar.Component, bool]]:
    """What happens around these days, each with whether its event repeats; an unreadable event is left out alone.

    Raises Muet when the calendar costs more than a place's openings can.
    """
    first, last = (datetime(day.year, day.month, day.day) for day in (du, au + timedelta(days=1)))  # noqa: DTZ001
    start, stop = first - ZONES, last + ZONES
    deadline, left = time.thread_time() + CPU_SECONDS, OCCURRENCES
    for events in _by_uid(calendar):
        if time.thread_time() > deadline:
            raise Muet(f"more than {CPU_SECONDS} seconds to expand")
        try:
            adapters = [_read_event(event) for event in events]
            _refuse_beyond_steps(adapters, stop.date())
            found = [one.as_component(False) for one in islice(Series(adapters).between(start, stop), left + 1)]
        except UNREADABLE:
            continue
        left -= len(found)
        if left < 0:
            raise Muet(f"more than {OCCURRENCES} occurrences between {du} and {au}")
        repeats = any(adapter.is_modification() or adapter.has_recurrence_rules() for adapter in adapters)
        yield from ((event, repeats) for event in found)


def _by_uid(calendar: icalendar.Component) -> list[list[icalendar.Component]]:
    """A series and its changed occurrences bear one UID; an event without any stands alone."""
    groups: dict[str, list[icalendar.Component]] = {}
    for number, event in enumerate(calendar.walk("VEVENT")):
        groups.setdefault(str(event.get("UID", "")) or f"\n{number}", []).append(event)
    return list(groups.values())


def _read_event(event: icalendar.Component) -> EventAdapter:
    """An event that can be expanded. Raises ValueError when a time of it was not read, or it ends before it starts.

    Without its EXDATE or its rule, it would show hours that the place closed.
    """
    adapter = EventAdapter(event)
    if any(name in TIMES for name, _ in event.errors) or adapter.raw_end < adapter.raw_start:
        raise ValueError
    return adapter


def _refuse_beyond_steps(adapters: Sequence[EventAdapter], last: date) -> None:
    """A rule is run from its first day, so that its cost is bounded before. Raises Muet."""
    # Each changed occurrence with rules of its own runs those of the series again.
    runs = 1 + sum(adapter.is_modification() and adapter.has_recurrence_rules() for adapter in adapters)
    reach = max(sum(adapter.extend_query_span_by, timedelta()) for adapter in adapters)
    for adapter in adapters:
        start = adapter.start
        days = (last - date(start.year, start.month, start.day) + reach).days
        if runs * (len(adapter.rdates) + sum(_times_a_day(rule) for rule in _rules(adapter)) * days) > STEPS:
            raise Muet(f"{adapter.uid}: more than {STEPS} steps to expand")


def _rules(adapter: EventAdapter) -> list[icalendar.vRecur]:
    """The rule of an event. Raises Muet for several, which RFC 5545 advises against."""
    if len(adapter.rrules) > 1:
        raise Muet(f"{adapter.uid}: several rules in one event")
    return [icalendar.vRecur.from_ical(rule) for rule in adapter.rrules]


def _times_a_day(rule: icalendar.vRecur) -> float:
    """How many times a day a rule can fall. Raises Muet for one that repeats by less than a day, or never advances."""
    frequency, interval = str(rule["FREQ"][0]).upper(), int(rule.get("INTERVAL", [1])[0])
    if frequency not in FREQUENCIES or interval < 1:
        raise Muet(f"a rule repeats {frequency}, every {interval}")
    return prod(len(rule.get(part, [0])) for part in ("BYHOUR", "BYMINUTE", "BYSECOND")) / interval
