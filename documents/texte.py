"""What people typed is data: it is printed as it is when the fonts can draw it, and it never breaks a document.

Invisible and direction-changing characters are removed (a bidi override prints another name than the stored one), what
no font draws becomes a visible square, words too long for a line may break.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from zoneinfo import available_timezones

from chassis import hours

SQUARE = "□"
MAX_MARKS = 3  # a Hebrew letter may carry three; more only hides the neighbouring lines

_LONG_WORD = re.compile(r"\S{31,}")
_STEP = 8  # fits the narrowest column
BREAK_HERE = "\u200b"

# Letters that no Unicode decomposition turns into A–Z: of Europe, then of Africa and the Caucasus.
_SPELT = str.maketrans(
    {"ß": "SS", "ẞ": "SS", "Æ": "AE", "Œ": "OE", "Ø": "O", "Đ": "D", "Ð": "D", "Ł": "L", "Þ": "TH", "Ħ": "H", "Ŋ": "N"}
    | {"Ə": "E", "Ŧ": "T", "Ɓ": "B", "Ɗ": "D", "Ƙ": "K", "Ɛ": "E", "Ɔ": "O", "İ": "I", "Ɖ": "D", "Ƒ": "F", "Ɣ": "G"}
    | {"Ɲ": "N", "Ʋ": "V", "Ƴ": "Y", "Ɨ": "I", "Ʉ": "U", "Ɩ": "I", "Ʊ": "U"}
)


def clean(text: str, can_draw: Callable[[str], bool]) -> str:
    """The text on one line, with nothing invisible in it, and a square for what cannot be drawn."""
    kept, marks = [], 0
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if char.isspace() or category == "Cc":
            kept.append(" ")
            continue
        if category == "Cf" or (category in ("Mn", "Me") and marks >= MAX_MARKS):
            continue
        marks = marks + 1 if category in ("Mn", "Me") else 0
        kept.append(char if category not in ("Cs", "Co", "Cn") and can_draw(char) else SQUARE)
    line = " ".join("".join(kept).split())
    return _LONG_WORD.sub(_breakable, line)


def lines(text: str) -> list[str]:
    """The paragraphs of a text typed with line ends."""
    return [line for line in text.splitlines() if line.strip()]


def fold(text: str, allowed: str = "") -> str:
    """Capitals A–Z and single spaces, as the 2D-Doc takes names; `allowed` adds characters to keep.

    Accents are dropped, other letters of the Latin alphabet are spelt out, anything else separates words.
    """
    return " ".join("".join(c if "A" <= c <= "Z" or c in allowed else " " for c in latin(text)).split())


def latin(text: str) -> str:
    """Capitals without accents, the other letters of the Latin alphabet spelt out; what is of another script stays.

    The marks that go are accents and the points of Arabic and Hebrew; those that are letters of their script (vowel
    signs of India, voicing of kana) stay with it.
    """
    upper = unicodedata.normalize("NFKD", text.upper().translate(_SPELT))
    return "".join(c for c in upper if not _is_accent(c)).translate(_SPELT)


def _is_accent(char: str) -> bool:
    """By the canonical class of the mark: overlays 1, points 10 to 36, signs above and below from 200."""
    mark = unicodedata.combining(char)
    return mark == 1 or 10 <= mark <= 36 or mark >= 200


def in_words(day: date | None) -> str:
    """« 1er mars 2027 »; nothing for no day."""
    return hours.day_in_words(day) if day else ""


def moment_of(instant: datetime, fuseau: str) -> str:
    """An instant as a document keeps it: the wall clock of the place to the minute, `2027-03-12T09:05[Indian/Reunion]`.

    Without brackets the place is in Paris time, or the text is a day.
    """
    zone = "" if fuseau == hours.PARIS else f"[{fuseau}]"
    return hours.local(instant, fuseau).strftime("%Y-%m-%dT%H:%M") + zone


def read_moment(text: str) -> tuple[datetime, str]:
    """The wall clock of a day or of a moment, and the time zone of its place. Raises ValueError, TypeError."""
    written, _, zone = text.partition("[")
    if zone and zone.removesuffix("]") not in _zones():
        raise ValueError(text)
    return datetime.fromisoformat(written), zone.removesuffix("]") or hours.PARIS


def moment_in_words(text: str) -> str:
    """« 12 mars 2027 », « 12 mars 2027 à 9 h 05 » or « … à 9 h 05 (heure de La Réunion) »."""
    moment, fuseau = read_moment(text)
    if len(text) <= len("2027-03-12"):
        return hours.day_in_words(moment.date())
    return hours.moment_in_words(moment, fuseau)


_zones = cache(available_timezones)


def _breakable(match: re.Match[str]) -> str:
    """The same word with places where a line may end, never between a letter and its marks."""
    broken, run = [], 0
    for char in match.group():
        if run >= _STEP and not unicodedata.combining(char):
            broken.append(BREAK_HERE)
            run = 0
        broken.append(char)
        run += 1
    return "".join(broken)
