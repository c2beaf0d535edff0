"""What a person types about herself and her title: read once, refused beside its field when it cannot be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from chassis import clock
from personne.departement import CodeDepartement
from personne.naissance import JourDeNaissance
from personne.reference import NumeroEtranger
from personne.titre import FinDeTitre

TODAY = clock.today()


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        (NumeroEtranger, "99 01 23 45 67", "9901234567"),
        (NumeroEtranger, "99.0123-45 67", "9901234567"),
        (NumeroEtranger, "", ""),
        (CodeDepartement, "1", "01"),
        (CodeDepartement, "2a", "2A"),
        (CodeDepartement, "", ""),
    ],
)
def test_what_has_a_form_is_kept_in_it(kind: Any, text: str, kept: str) -> None:
    assert TypeAdapter(kind).validate_python(text) == kept


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((NumeroEtranger, text) for text in ("ABC", "99", "99012345678", "-")),
        *((CodeDepartement, text) for text in ("ZZ", "00", "999")),
        *((JourDeNaissance, text) for text in ("1066-10-14", "1980--", "90-01-05", "1980-00-15")),
        (JourDeNaissance, (TODAY + timedelta(days=1)).isoformat()),
        *((FinDeTitre, text) for text in ("0027-12-01", "1980-05-05", "2077-01-01", "2026-00-00")),
    ],
)
def test_what_cannot_be_meant_is_asked_again(kind: Any, text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(text)


def test_the_end_of_a_title_is_a_day_that_a_title_can_have() -> None:
    """Long over, or as far away as the longest card."""
    for years in (-29, 14):
        day = TODAY + timedelta(days=365 * years)
        assert TypeAdapter(FinDeTitre).validate_python(day.isoformat()) == day
