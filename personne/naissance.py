"""A birth date as papers write it: the day, or the month too, may be unknown (00/00/1980), and stays so."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from chassis import clock
from chassis.partial_day import read_day
from chassis.typed import possible_day


def birth_day(value: Any) -> date:
    """A day of birth, from 1900 to today. Raises ValueError with what to write."""
    try:
        day = possible_day(value)
    except ValueError:
        raise ValueError(
            "Écrivez le jour, le mois et les quatre chiffres de l’année. "
            "Si vos papiers ne disent pas le jour ou le mois, écrivez 00 à sa place."
        ) from None
    if day > clock.today():
        raise ValueError("Cette date est dans le futur.")
    return day


def read_birth(text: str) -> date | None:
    """The birth date of a register or of an identity provider, which may give the year alone; None for no date."""
    try:
        return read_day("-".join((*text.split("-"), "00", "00")[:3]))
    except ValueError:
        return None


JourDeNaissance = Annotated[
    date, BeforeValidator(birth_day), WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})
]
