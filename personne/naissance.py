"""A birth date as papers write it: the day, or the month too, may be unknown (00/00/1980)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from chassis.web.inputs import CivilDay
from personne.nom import birth_key


def _first_of_what_is_unknown(value: Any) -> Any:
    """Registers that want a whole date write the first day for an unknown one, and names are compared so."""
    unknown = isinstance(value, str) and "00" in value.strip().split("-")[1:]
    return (birth_key(value) or value) if unknown else value


JourDeNaissance = Annotated[CivilDay, BeforeValidator(_first_of_what_is_unknown)]
