"""The département where a person lives, by its official code: what is no département is refused beside its field."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from droit.catalogue import catalogue

_POSTCODE = re.compile(r"\b[0-9]{5}\b")
# Two islands of Guadeloupe became collectivities and kept the postcodes of Guadeloupe; Corsica was cut in two after
# its postcodes were given.
_OWN_POSTCODE = {"97133": "977", "97150": "978"}
_CORSE = {"200": "2A", "201": "2A", "202": "2B", "206": "2B"}


def postcodes(text: str) -> list[str]:
    """The postcodes written in an address or in any words, in order; a number of five digits may be none."""
    return _POSTCODE.findall(text)


def departement_of(text: str) -> str:
    """The département of the first postcode in these words, or an empty text where they hold none."""
    codes = {departement.code for departement in catalogue().departements()}
    for postcode in postcodes(text):
        named = (_OWN_POSTCODE.get(postcode, ""), _CORSE.get(postcode[:3], ""), postcode[:3], postcode[:2])
        if found := next((code for code in named if code in codes), ""):
            return found
    return ""


def read_departement(typed: str) -> str:
    """`75`, `2A`, `974` as the official list writes it, or an empty text for none. Raises ValueError."""
    code = typed.strip().upper()
    code = code.zfill(2) if code.isdigit() else code
    if code and code not in {departement.code for departement in catalogue().departements()}:
        raise ValueError("Ce département n’existe pas. Choisissez-le dans la liste.")
    return code


CodeDepartement = Annotated[str, AfterValidator(read_departement)]
