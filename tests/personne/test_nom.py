"""One way to compare names and birth dates, as a table that one reads."""

from __future__ import annotations

import copy
from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from chassis.hours import day_in_words
from chassis.web.inputs import CivilDay
from personne.naissance import JourDeNaissance
from personne.nom import birth_key, identity_key, letters, plain, same_birth, same_name, same_prenoms, says_all

ALIKE = [
    ("D'Arc", "DARC"),
    ("D'Arc", "d’Arc"),
    ("N’Diaye", "NʼDIAYE"),
    ("Ben Ali", "BENALI"),
    ("El-Amrani", "Elamrani"),
    ("El‑Amrani", "el amrani"),
    ("Straße", "STRASSE"),
    ("Łukasz", "Lukasz"),
    ("ĐẶNG", "Dang"),
    ("Nguyễn", "NGUYEN"),
    ("Nguye\u0302\u0303n", "Nguyễn"),
    ("Øystein", "OYSTEIN"),
    ("Aşık", "ASIK"),
    ("İpek", "ipek"),
    ("Zoé Lévêque", "ZOE LEVEQUE"),
    ("Þórsdóttir", "THORSDOTTIR"),
    ("Œuvrard", "OEUVRARD"),
    ("Məmmədov", "MEMMEDOV"),
    ("Ɓalde", "BALDE"),
    ("Diallo\u200e", " diallo "),
    ("O", "o"),
    ("Soekarno", "SOEKARNO"),
    ("أحمد", "احمد"),
    ("محمّد", "محمد"),
    ("محـمد", "محمد"),
    ("王伟", "王伟"),
    ("Йорданов", "ЙОРДАНОВ"),
    ("ガブリエル", "ガブリエル"),
]
DIFFERENT = [
    ("Diallo", "Diatta"),
    ("O", "A"),
    ("محمد", "علي"),
    ("王伟", "李伟"),
    ("王伟", "Wang Wei"),
    # A vowel sign of India or a voicing of Japan makes another word of it.
    ("கமலா", "கமல"),
    ("が", "か"),
    ("", ""),
    ("—", "—"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_one_name_written_in_two_ways(one: str, other: str) -> None:
    """Case, accents, strokes, apostrophes, hyphens, spaces and what is not seen do not count."""
    assert same_name(one, other)
    assert identity_key(one, date(1990, 5, 4)) == identity_key(other, date(1990, 5, 4))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_names(one: str, other: str) -> None:
    """Another name is another name in every script, and a name without a letter is nobody's."""
    assert not same_name(one, other)


@pytest.mark.parametrize("name", ["محمد", "王伟", "கமலா", "Йорданов", "O", "ご"])
def test_no_script_is_folded_to_nothing(name: str) -> None:
    """A name in any script has letters to be found by."""
    assert letters(name)


def test_names_without_letters_do_not_share_a_key() -> None:
    """Two people whose name was typed as signs are not one person."""
    assert identity_key("—", "1990-05-04") != identity_key("...", "1990-05-04")


@pytest.mark.parametrize(
    ("said", "known", "right"),
    [
        ("Amina", "Amina Fatou", True),
        ("Fatou", "Amina Fatou", True),
        ("JEAN", "Jean-Pierre", True),
        ("Jeanpierre", "Jean Pierre", True),
        ("N", "N’Golo", False),
        ("Awa", "Amina Fatou", False),
        ("", "Amina", False),
        # Passports of one single name leave the first name empty: none is asked for.
        ("", "", True),
        ("Amina", "", True),
    ],
)
def test_one_first_name_in_common(said: str, known: str, right: bool) -> None:
    """One is enough, in any order, joined or apart."""
    assert same_prenoms(said, known) is right


@pytest.mark.parametrize(
    ("said", "known", "right"),
    [
        ("Amina Ben Ali", "Amina Ben Ali", True),
        ("benali, amina", "Amina Ben Ali", True),
        ("Madame D’Arc Jeanne", "Jeanne DARC", True),
        ("Amina", "Amina Ben Ali", False),
        ("Amina Diali", "Amina Li", False),
        ("Soekarno", "SOEKARNO", True),
        ("Amina", "", False),
    ],
)
def test_the_whole_name_is_said(said: str, known: str, right: bool) -> None:
    """Every word, in any order; more may be said."""
    assert says_all(said, known) is right


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (date(1990, 5, 4), "1990-05-04"),
        ("1990-05-04", "1990-05-04"),
        ("4/5/1990", "1990-05-04"),
        ("00/00/1980", "1980-01-01"),
        ("1980-00-00", "1980-01-01"),
        ("1980", "1980-01-01"),
        ("00/05/1980", "1980-05-01"),
        ("1980-05", "1980-05-01"),
        ("31/02/1980", ""),
        ("hier", ""),
        ("", ""),
    ],
)
def test_a_birth_date_of_which_a_part_is_unknown(typed: date | str, key: str) -> None:
    """An unknown day or month is the first, as registers that want a whole date write it."""
    assert birth_key(typed) == key


def test_an_unknown_day_does_not_match_any_day() -> None:
    """00/00/1980 is 01/01/1980, and neither the 4 May nor an absent date."""
    assert same_birth("00/00/1980", date(1980, 1, 1))
    assert not same_birth("00/00/1980", "1980-05-04")
    assert not same_birth("", "")


def test_other_answers_count_by_their_letters_and_digits() -> None:
    """A number is the same with or without spaces, in any digits that a keyboard writes."""
    assert plain("99 01 23-45.67") == plain("9901234567") == "9901234567"


@pytest.mark.parametrize(
    ("typed", "first"),
    [("1980-00-00", "01/01/1980"), ("1980-05-00", "01/05/1980"), ("1980-05-17", "17/05/1980")],
)
def test_a_birth_date_of_which_the_day_is_unknown_stays_as_papers_write_it(typed: str, first: str) -> None:
    """It is compared with the first day; an empty box is still a fault, and no other date has an unknown day."""
    day = TypeAdapter(JourDeNaissance).validate_python(typed)
    assert (day.isoformat(), str(day), copy.deepcopy(day).isoformat()) == (typed, typed, typed)
    assert same_birth(day, first) and identity_key("Diallo", day) == identity_key("DIALLO", first)
    assert day_in_words(day) in ("00/00/1980", "00/05/1980", "17 mai 1980")
    with pytest.raises(ValidationError):
        TypeAdapter(CivilDay).validate_python("1980-00-00")
    with pytest.raises(ValidationError):
        TypeAdapter(JourDeNaissance).validate_python("1980--")
