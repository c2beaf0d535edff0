"""A reference is told, spelt and typed back."""

from __future__ import annotations

import re

import pytest

from personne.reference import ALPHABET, is_numero, new_code, new_reference, read_numero, read_reference


def test_the_alphabet_has_nothing_that_is_misheard() -> None:
    """No vowel, no 0 or 1, and 27 signs."""
    assert len(set(ALPHABET)) == len(ALPHABET) == 27
    assert not set(ALPHABET) & set("AEIOUY01L")


def test_a_reference_names_its_kind() -> None:
    """`B-XXXX-XXXX`, of this alphabet alone."""
    assert re.fullmatch(rf"B-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", new_reference("B"))
    assert re.fullmatch(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", new_code())


@pytest.mark.parametrize(
    "typed",
    ["S-S234-BCDF", "s-s234-bcdf", " S S234 BCDF ", "SS234BCDF", "S234BCDF", "s234 bcdf", "Ｓ－Ｓ２３４－ＢＣＤＦ"],
)
def test_a_reference_is_read_however_it_is_typed(typed: str) -> None:
    """Also where its letter is the first of the eight, and was left out."""
    assert read_reference(typed, "S") == "S-S234-BCDF"


@pytest.mark.parametrize("typed", ["", "S-S234", "9901234567", "amina@exemple.fr"])
def test_anything_else_is_the_reference_of_nothing(typed: str) -> None:
    """It has not the length of one."""
    assert len(read_reference(typed, "S")) != len("S-S234-BCDF")


@pytest.mark.parametrize(
    "typed", ["9901234567", " 99 0123 4567 ", "99.01.23.45.67", "９９０１２３４５６７", "99-0123-4567"]
)
def test_a_number_is_the_same_however_it_is_typed(typed: str) -> None:
    """One account, one person: what stands between digits does not count."""
    assert read_numero(typed) == "9901234567"


@pytest.mark.parametrize(
    ("typed", "number"), [("99.01 23 45-67", True), ("2345-6789", False), ("D-2345-6789", False), ("990123456", False)]
)
def test_what_is_said_on_the_telephone_is_a_number_or_a_reference(typed: str, number: bool) -> None:
    """A reference may be of digits alone; it has eight of them."""
    assert is_numero(typed) is number
