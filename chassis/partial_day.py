"""A civil day as papers write it where the day, or the month too, is unknown: 00/00/1980."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Self

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


class PartialDay(date):
    """Counts as the first day of what is unknown; written, printed and kept with zeros, never as that first day."""

    # What `date` computes from one (`+`, `replace`) is a day like any other.
    _zeros: tuple[bool, bool] = (False, False)

    def __new__(cls, year: int, month: int = 0, day: int = 0) -> Self:
        if day and not month:
            raise ValueError("a known day of an unknown month")
        made = super().__new__(cls, year, month or 1, day or 1)
        made._zeros = (not month, not day)
        return made

    @property
    def parts(self) -> tuple[int, int, int]:
        """Year, month and day, 0 for what is unknown."""
        no_month, no_day = self._zeros
        return self.year, 0 if no_month else self.month, 0 if no_day else self.day

    def isoformat(self) -> str:
        """`1980-00-00`."""
        year, month, day = self.parts
        return f"{year:04d}-{month:02d}-{day:02d}"

    __str__ = isoformat

    def strftime(self, form: str) -> str:
        """The form, with zeros for what is unknown."""
        _, month, day = self.parts
        return super().strftime(form.replace("%d", f"{day:02d}").replace("%m", f"{month:02d}"))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.parts


def read_day(text: str) -> date:
    """A day written AAAA-MM-JJ, with zeros for what is unknown. Raises ValueError."""
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError("jour_civil")
    year, month, day = map(int, found.groups())
    return date(year, month, day) if day else PartialDay(year, month)
