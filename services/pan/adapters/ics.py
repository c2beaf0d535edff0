"""A published calendar of free slots (ICS), read only: what we book in it stays ours, and the place reads it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import icalendar

from chassis import hours
from services.pan.adapters.contrat import CreneauExterne, Muet, fetch

EVENTS_READ = 2000


class Ics:
    """One calendar: each VEVENT is a free slot; its LOCATION is the code of a place, or there is one place only.

    An hour without a time zone is that of the place (`fuseaux`, by code).
    """

    # The calendar only shows: the booking is ours, and the place sees it in its list of the day.
    peut_reserver = True

    def __init__(self, url: str, fuseaux: Mapping[str, str]) -> None:
        self._url, self._fuseaux = url, fuseaux

    def list(self, lieu_ids: Sequence[str], objet: str, du: date, au: date) -> list[CreneauExterne]:
        response = fetch("GET", self._url, headers={"Accept": "text/calendar"})
        if response.status_code != 200:
            raise Muet(f"HTTP {response.status_code}")
        try:
            calendar = icalendar.Calendar.from_ical(response.content)
        except ValueError as error:
            raise Muet("not a calendar") from error
        slots = [self._slot(event, lieu_ids) for event in calendar.walk("VEVENT")[:EVENTS_READ]]
        return [slot for slot in slots if slot is not None and du <= self._day(slot) <= au]

    def book(self, cle: str, rendez_vous_id: str, nom: str) -> str:
        return rendez_vous_id

    def cancel(self, reservation: str) -> None:
        return None

    def _day(self, slot: CreneauExterne) -> date:
        return hours.local(slot.debut, self._fuseaux[slot.lieu_id]).date()

    def _slot(self, event: icalendar.Component, lieu_ids: Sequence[str]) -> CreneauExterne | None:
        start, end = event.decoded("DTSTART", None), event.decoded("DTEND", None)
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            return None
        place = str(event.get("LOCATION", ""))
        lieu_id = place if place in lieu_ids else (lieu_ids[0] if len(lieu_ids) == 1 else "")
        if not lieu_id:
            return None
        begins, ends = (hours.local(written, self._fuseaux[lieu_id]).astimezone(UTC) for written in (start, end))
        minutes = int((ends - begins).total_seconds() // 60)
        link = str(event.get("URL", ""))
        cle = str(event.get("UID", f"{lieu_id}@{begins:%Y%m%dT%H%M}"))
        return CreneauExterne(cle, lieu_id, begins, minutes, link if link.startswith("https://") else "")
