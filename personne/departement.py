"""The département where a person lives, by its official code: what is no département is refused beside its field."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from droit.catalogue import catalogue


def read_departement(typed: str) -> str:
    """`75`, `2A`, `974` as the official list writes it, or an empty text for none. Raises ValueError."""
    code = typed.strip().upper()
    code = code.zfill(2) if code.isdigit() else code
    if code and code not in {departement.code for departement in catalogue().departements()}:
        raise ValueError("Ce département n’existe pas. Choisissez-le dans la liste.")
    return code


CodeDepartement = Annotated[str, AfterValidator(read_departement)]
