"""The ANTS dialect, read by us: systems that French administrations already run show their slots; they book, not we.

Contract: `GET …/getManagedMeetingPoints`, `GET …/availableTimeSlots`, header `X-HUB-RDV-AUTH-TOKEN`, arrays as repeated
plain keys, datetimes on the wall clock of the place whatever their suffix (docs/rendez-vous.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from chassis import hours
from droit.decision import Refused
from services.pan.adapters.contrat import RESERVATION_AILLEURS, CreneauExterne, Muet, fetch

HEADER = "X-HUB-RDV-AUTH-TOKEN"
MINUTES = 20


def read_time(text: str, fuseau: str) -> datetime:
    """An instant from the three spellings in use: the hour written is the hour of the place. Raises ValueError."""
    return hours.local(datetime.fromisoformat(text).replace(tzinfo=None), fuseau).astimezone(UTC)


def write_time(instant: datetime, fuseau: str) -> str:
    """The wall-clock hour of the place, with the `Z` that the dialect wants and that is not UTC."""
    return hours.local(instant, fuseau).strftime("%Y-%m-%dT%H:%MZ")


class Ants:
    """One editor's system, at its base address. The codes of `fuseaux` are its meeting point identifiers."""

    peut_reserver = False

    def __init__(self, base: str, token: str, fuseaux: Mapping[str, str]) -> None:
        self._base, self._headers, self._fuseaux = base.rstrip("/"), {HEADER: token}, fuseaux

    def points(self) -> list[dict[str, Any]]:
        """The places that it manages; one without a mandatory field is left out, alone."""
        wanted = ("id", "name", "longitude", "latitude", "public_entry_address", "zip_code", "city_name")
        found = self._get("getManagedMeetingPoints", [])
        if not isinstance(found, list):
            raise Muet("not a list")
        return [p for p in found if isinstance(p, dict) and all(p.get(name) not in (None, "") for name in wanted)]

    def list(self, lieu_ids: Sequence[str], objet: str, du: date, au: date) -> list[CreneauExterne]:
        params = [("meeting_point_ids", lieu_id) for lieu_id in lieu_ids]
        params += [("start_date", du.isoformat()), ("end_date", au.isoformat()), ("documents_number", "1")]
        found = self._get("availableTimeSlots", params)
        if not isinstance(found, dict):
            raise Muet("not an object")
        slots = []
        for lieu_id, entries in found.items():
            for entry in entries if lieu_id in lieu_ids and isinstance(entries, list) else ():
                try:
                    start, link = read_time(entry["datetime"], self._fuseaux[lieu_id]), str(entry["callback_url"])
                except (KeyError, TypeError, ValueError):
                    # One slot that cannot be read must not hide the others.
                    continue
                if link.startswith("https://"):
                    slots.append(CreneauExterne(f"{lieu_id}@{start:%Y%m%dT%H%M}", lieu_id, start, MINUTES, link))
        return slots

    def book(self, cle: str, rendez_vous_id: str, reference: str) -> str:
        raise Refused(RESERVATION_AILLEURS)

    def cancel(self, reservation: str) -> None:
        raise Refused(RESERVATION_AILLEURS)

    def _get(self, path: str, params: Sequence[tuple[str, str]]) -> Any:
        response = fetch("GET", f"{self._base}/{path}", params=list(params), headers=self._headers)
        if response.status_code != 200:
            raise Muet(f"HTTP {response.status_code}")
        try:
            return response.json()
        except ValueError as error:
            raise Muet("not JSON") from error
