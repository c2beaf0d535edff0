"""What people type, made plain once: one form of each letter, digits 0–9, ordinary spaces, nothing invisible.

A keyboard, a telephone and a pasted page write the same name or number differently; what is compared, kept or sent on
must not depend on it.
"""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from typing import Any

from chassis.partial_day import read_day

# A year outside is a slip of the keyboard: 27, 3026.
YEARS = range(1900, 2100)
# Without these two, words of Persian and of the scripts of India are other words.
_JOINERS = "\u200c\u200d"
_KEPT_CONTROLS = "\n\r\t"


def clean(text: str) -> str:
    """The text in NFC, with decimal digits of any script as 0–9. Raises ValueError for half a character."""
    if text.isascii() and text.isprintable():
        return text
    if not _is_whole(text):
        raise ValueError("Ce texte contient un signe qui ne peut pas être lu. Écrivez-le de nouveau.")
    return "".join(map(_plain, unicodedata.normalize("NFC", text)))


def clean_all(value: Any) -> Any:
    """The same for each text of what a form or a program sends."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return [clean_all(each) for each in value]
    return {name: clean_all(each) for name, each in value.items()} if isinstance(value, dict) else value


def possible_day(value: Any) -> date:
    """A day in a year that can be meant, with zeros where a paper has them. Raises ValueError.

    A number would otherwise pass as days since 1970, and a date-time as its date.
    """
    if isinstance(value, datetime) or not isinstance(value, date | str):
        raise ValueError("jour_civil")
    day = read_day(value.strip()) if isinstance(value, str) else value
    if day.year not in YEARS:
        raise ValueError("annee")
    return day


def _is_whole(text: str) -> bool:
    """JSON may write one half of a pair of surrogates, which no encoding carries."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category == "Zs":
        return " "
    if category in ("Zl", "Zp"):
        return "\n"
    unseen = category in ("Cc", "Cf") and char not in _KEPT_CONTROLS + _JOINERS
    return "" if unseen else char
