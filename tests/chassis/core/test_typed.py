"""What people type is read in one form, and a day only in a year that can be meant."""

from __future__ import annotations

import unicodedata

import pytest

from chassis.typed import clean, clean_all, possible_day


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("٠٥/٠١/١٩٩٠", "05/01/1990"),
        ("०९ ९०", "09 90"),
        (unicodedata.normalize("NFD", "Zoé Lévêque"), "Zoé Lévêque"),
        ("99\u00a001\u202f23 45 67", "99 01 23 45 67"),
        ("\u202aamina\u200e@exemple.fr\ufeff", "amina@exemple.fr"),
        ("rue\u2028ville\x00", "rue\nville"),
        ("une ligne\r\n\tet l’autre", "une ligne\r\n\tet l’autre"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_text_is_read_in_one_form(text: str, kept: str) -> None:
    assert clean(text) == kept
    assert clean_all({"a": [text, 1, None]}) == {"a": [kept, 1, None]}


def test_half_a_character_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="ne peut pas être lu"):
        clean_all({"nom": ["\ud800"]})


@pytest.mark.parametrize("text", ["0027-12-01", "1066-10-14", "3026-01-01", "27-12-01", "2026-02-30", "20260105", ""])
def test_a_day_that_cannot_be_meant_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        possible_day(text)
