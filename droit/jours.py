"""Legal days are Paris civil days: this module counts them and reads no clock."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

# The legal day is that of Paris, and so is an hour that belongs to no place.
PARIS = "Europe/Paris"
MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def day_in_words(day: date) -> str:
    """« 1er mai 2021 »: dates are written out on every output."""
    year, month, number = day.isoformat().split("-")
    if number == "00":
        # A birth date of which a paper does not say all (`chassis.partial_day`).
        return f"{number}/{month}/{year}"
    return f"{'1er' if day.day == 1 else day.day} {MOIS[day.month - 1]} {day.year}"


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month when it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_days(day: date, days: int) -> date:
    """The civil day `days` after `day`."""
    return day + timedelta(days=days)


@dataclass(frozen=True)
class Fenetre:
    """The days on which a renewal is filed in time; both ends count."""

    ouverture_date: date
    fermeture_date: date

    def state(self, day: date) -> str:
        """Where `day` is: `avant`, `ouverte` or `passee`; filing is accepted in all three (DEP-23)."""
        if day < self.ouverture_date:
            return "avant"
        return "ouverte" if day <= self.fermeture_date else "passee"

    def __contains__(self, day: date) -> bool:
        return self.ouverture_date <= day <= self.fermeture_date


def window(expiry: date, ouverture_jours: int, fermeture_jours: int) -> Fenetre:
    """From the 120th to the 60th day before expiry, with the days that `national.toml` gives (R. 431-5)."""
    return Fenetre(expiry - timedelta(days=ouverture_jours), expiry - timedelta(days=fermeture_jours))


def last_day(first: date, months: int) -> date:
    """Last valid day of a document of `months` that begins on `first`: the eve of the same day, `months` later."""
    return add_months(first, months) - timedelta(days=1)
