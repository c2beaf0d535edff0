"""The only clock. Two times: the legal day, which decides what is due, and technical time, for leases and tokens.

The legal clock is the Paris civil day or, in development, the day written in one file, read at each call, so that a
simulation moves every process at once. Technical time is always real.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import uuid_utils

from droit.jours import PARIS as LEGAL_ZONE

PARIS = ZoneInfo(LEGAL_ZONE)

_DAY_BYTES = 64
_clock_file: Path | None = None


def use_clock_file(path: Path | None) -> None:
    """Makes this process read the legal day in that file; None returns to the calendar."""
    global _clock_file
    _clock_file = path


def today() -> date:
    """The legal day: a Paris civil day."""
    if _clock_file is not None:
        try:
            return date.fromisoformat(_read(_clock_file))
        except FileNotFoundError:
            # A clock file that nobody has written yet means that nothing has been simulated yet.
            return now().astimezone(PARIS).date()
    return now().astimezone(PARIS).date()


def _read(path: Path) -> str:
    """A day, by the three calls of the system alone: it is asked dozens of times for one request."""
    handle = os.open(path, os.O_RDONLY)
    try:
        return os.read(handle, _DAY_BYTES).decode().strip()
    finally:
        os.close(handle)


def now() -> datetime:
    """Technical time, UTC, to the millisecond (what MongoDB keeps)."""
    instant = datetime.now(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def legal_now() -> datetime:
    """The instant to write on a dated act: the legal day at the present Paris hour, as UTC.

    Equal to `now()` outside simulations; in one, a receipt bears the simulated day.
    """
    here = now().astimezone(PARIS)
    day = today()
    return here.replace(year=day.year, month=day.month, day=day.day).astimezone(UTC)


def monotonic() -> float:
    """Seconds for measuring lengths of time."""
    return time.monotonic()


def new_id() -> str:
    """A time-ordered identifier (UUIDv7)."""
    return str(uuid_utils.uuid7())
