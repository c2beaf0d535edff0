"""An hour that people read is that of its place: the one way to write it, on pages, on papers, in messages.

A place says its time zone by the name of the tz database. The zone is named as soon as it could be doubted: it is not
that of Paris, or the hour belongs to no place at all, and is then that of Paris.
"""

from __future__ import annotations

from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location

from chassis.partial_day import PartialDay
from droit import jours
from droit.jours import PARIS as PARIS

FRENCH = "fr"


def local(instant: datetime, fuseau: str) -> datetime:
    """An instant on the clock of a place; a naive one already is. No time zone stands for that of Paris."""
    zone = ZoneInfo(fuseau or PARIS)
    return instant.astimezone(zone) if instant.tzinfo else instant.replace(tzinfo=zone)


def day_in_words(day: date, langue: str = FRENCH) -> str:
    """« 1er mars 2027 »: western digits and the Gregorian calendar in every language, to be compared with paper.

    « 00/00/1980 » where a paper does not say the day or the month.
    """
    if langue == FRENCH or isinstance(day, PartialDay):
        return jours.day_in_words(day)
    return str(format_date(day, "d MMMM y", locale=langue))


def hour_in_words(instant: datetime, fuseau: str, langue: str = FRENCH) -> str:
    """« 9 h 05 » at a place in Paris time, « 9 h 05 (heure de La Réunion) » elsewhere."""
    return _clock(local(instant, fuseau).time(), langue) + zone_note(fuseau, langue)


def opening_in_words(opens: str, closes: str, langue: str = FRENCH) -> str:
    """« de 9 h à 12 h 30 », from the wall-clock hours of a place, `HH:MM`; `zone_note` follows once for all of them."""
    first, last = (_clock(time.fromisoformat(hour), langue) for hour in (opens, closes))
    return f"de {first} à {last}" if langue == FRENCH else f"{first}–{last}"


def zone_note(fuseau: str, langue: str = FRENCH) -> str:
    """« (heure de La Réunion) » after an hour that could be taken for that of Paris; nothing at a place in it."""
    return "" if fuseau == PARIS else f" ({zone_in_words(fuseau, langue)})"


def moment_in_words(instant: datetime, fuseau: str, langue: str = FRENCH) -> str:
    """« 12 mars 2027 à 9 h 05 », with the zone where it could be doubted."""
    link = " à " if langue == FRENCH else ", "
    return day_in_words(local(instant, fuseau).date(), langue) + link + hour_in_words(instant, fuseau, langue)


@cache
def zone_in_words(fuseau: str, langue: str = FRENCH) -> str:
    """« heure de La Réunion »: the zone under the name that people give it, from the Unicode locale data."""
    locale = Locale.parse(langue)
    city = get_timezone_location(ZoneInfo(fuseau or PARIS), locale=locale, return_city=True)
    pattern = "heure de %s" if langue == FRENCH else str(locale.zone_formats["region"])
    return pattern % city


def _clock(hour: time, langue: str) -> str:
    if langue != FRENCH:
        return str(format_time(hour, "HH:mm", locale=langue))
    return f"{hour.hour} h {hour.minute:02d}" if hour.minute else f"{hour.hour} h"
