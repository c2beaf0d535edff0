"""Whether two papers name the same person: what a name is compared by, in every service. Pure.

The key of a name is its letters in capitals. Case, accents, apostrophes, hyphens, spaces and invisible signs do not
count; a Latin letter with a stroke or a hook is its plain letter, a ligature is spelt out. The letters of another
script are kept as they are, with the vowel signs that make another word of them: no name is folded to nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from documents.texte import latin

# How many words of a name may have been written as one: « Ben Ali » is also « Benali ».
_JOINED = 3
_BETWEEN_WORDS = re.compile(r"[\s,;./‐‑–—-]+")
# Letters by their category, but they only stand for a breathing, an accent or a longer line.
_NOT_LETTERS = frozenset(map(chr, range(0x02B0, 0x0300))) | {"\u0640"}
_FRENCH_DAY = re.compile(r"(\d{1,2})[/.\s](\d{1,2})[/.\s](\d{4})")


def letters(name: str) -> str:
    """The letters of a name, which alone are compared; empty when it has none."""
    return "".join(char for char in latin(name) if _counts(char))


def plain(answer: str) -> str:
    """The letters and digits of an answer that is no name: a number, a postcode, a reference, however written."""
    return "".join(char for char in latin(answer) if char.isalnum())


def words(name: str) -> list[str]:
    """The words of a name, each by its letters; an apostrophe does not end a word."""
    return [word for word in map(letters, _BETWEEN_WORDS.split(name)) if word]


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same, however each was written. A name without a letter matches nothing."""
    return bool(letters(one)) and letters(one) == letters(other)


def same_prenoms(said: str, recorded: str) -> bool:
    """Whether the two have a first name in common, whatever the order. Who has none on record need not give one."""
    return not letters(recorded) or not _runs(words(said)).isdisjoint(_runs(words(recorded)))


def says_all(said: str, recorded: str) -> bool:
    """Whether every word of the known name was said, in any order, joined or apart, whatever else was said."""
    heard, expected = _runs(words(said)), words(recorded)
    reached = {0}
    for start in range(len(expected)):
        if start in reached:
            ends = range(start + 1, min(start + _JOINED, len(expected)) + 1)
            reached |= {end for end in ends if "".join(expected[start:end]) in heard}
    return bool(expected) and len(expected) in reached


def birth_key(naissance: date | str) -> str:
    """The form in which a birth date is compared, AAAA-MM-JJ; empty for none or for what is not a date.

    Where only the year or the month is known, papers write 00/00/1980 and registers that want a whole date write
    01/01/1980: an unknown day or month is the first. It matches an unknown one and the first, and nothing else.
    """
    if isinstance(naissance, date):
        return f"{naissance.year:04d}-{naissance.month:02d}-{naissance.day:02d}"
    text = naissance.strip()
    if french := _FRENCH_DAY.fullmatch(text):
        text = f"{french[3]}-{french[2]:0>2}-{french[1]:0>2}"
    year, *rest = text.split("-")
    month, day = (*rest, "00", "00")[:2]
    whole = "-".join((year, *("01" if part == "00" else part for part in (month, day))))
    try:
        return date.fromisoformat(whole).isoformat()
    except ValueError:
        return ""


def same_birth(one: date | str, other: date | str) -> bool:
    """Whether two birth dates are the same. An absent one matches nothing."""
    return bool(birth_key(one)) and birth_key(one) == birth_key(other)


def name_key(nom: str) -> str:
    """What a name is found by. One without letters is its own key."""
    return letters(nom) or nom.strip().casefold()


def identity_key(nom: str, naissance: date | str) -> str:
    """What finds a person by her name and her birth date: the key of both."""
    return f"{name_key(nom)}:{birth_key(naissance)}"


def same_person(nom: str, naissance: date | str, noms: Iterable[str], naissance_vue: date | str | None) -> bool:
    """Whether one of the names seen (birth name, name in use) and the birth date are the person's."""
    return (
        naissance_vue is not None
        and same_birth(naissance, naissance_vue)
        and any(identity_key(vu, naissance) == identity_key(nom, naissance) for vu in noms)
    )


def _counts(char: str) -> bool:
    return (char.isalpha() and char not in _NOT_LETTERS) or unicodedata.category(char).startswith("M")


def _runs(parts: list[str]) -> set[str]:
    """Each word, and the words that follow one another written as one."""
    ends = {(start, end) for start in range(len(parts)) for end in range(start + 1, start + _JOINED + 1)}
    return {"".join(parts[start:end]) for start, end in ends if end <= len(parts)}
