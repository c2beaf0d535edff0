"""A number is recognised, its reference is typed by people, and a slip is seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.numero import SERVICE_DIGITS, is_valid, new, parse_reference, reference, service_of
from droit.decision import Refused

digits = st.sampled_from(sorted(SERVICE_DIGITS.values()))


@pytest.mark.parametrize(("service", "digit"), SERVICE_DIGITS.items())
def test_a_number_says_which_service_issued_it(service: str, digit: str) -> None:
    numero = new(digit)

    assert len(numero) == 19
    assert numero.isdigit()
    assert service_of(numero) == service


def test_two_numbers_are_never_the_same() -> None:
    assert len({new("1") for _ in range(1000)}) == 1000


def test_no_service_has_the_digit_nine() -> None:
    with pytest.raises(ValueError, match="no service"):
        new("9")


@given(digits, st.integers(0, 18), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(digit: str, place: int, shift: int) -> None:
    numero = new(digit)
    wrong = str((int(numero[place]) + shift) % 10)

    assert not is_valid(numero[:place] + wrong + numero[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "1", "1" * 18 + "2", "１２３４５６７８９０１２３４５６７８９", "12345678901234567890", "a" * 19]
)
def test_what_is_not_a_number_is_not_one(text: str) -> None:
    assert not is_valid(text)


@given(digits)
def test_a_reference_leads_back_to_its_number(digit: str) -> None:
    numero = new(digit)
    short = reference(numero)

    assert len(short) == 15
    assert parse_reference(short) == numero
    assert parse_reference(short.lower().replace("-", " ")) == numero
    assert parse_reference(short.replace("0", "o").replace("1", "l")) == numero
    assert parse_reference(f" {numero[:4]} {numero[4:]} ") == numero


@given(digits, st.integers(0, 12), st.sampled_from("123456789ABCDEFGHJKMNPQRSTVWXY"))
def test_one_wrong_character_of_a_reference_is_seen(digit: str, place: int, letter: str) -> None:
    symbols = reference(new(digit)).replace("-", "")
    wrong = symbols[:place] + letter + symbols[place + 1 :]
    if wrong == symbols:
        return
    with pytest.raises(Refused) as refused:
        parse_reference(wrong)

    assert refused.value.motif.code == "REFERENCE_INVALIDE"


@pytest.mark.parametrize(
    "text", ["", "-", "UUUU-UUUU-UUUUU", "0000-0000-00000", "ZZZZ-ZZZZ-ZZZZZ", "é" * 13, "1" * 5000]
)
def test_a_text_that_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_reference(text)
