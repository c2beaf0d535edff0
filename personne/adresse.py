"""The postal address of a person: the lines of her envelope, read in one way by every service.

No line is cut and none is dropped: the last one is the town, and a letter without its town reaches nobody. What does
not fit an envelope is refused beside its field.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from chassis.web.inputs import Lines, lines_of

# Six lines of a French envelope, and the country.
LIGNES, SIGNES = 7, 200
ADRESSE_MAX = LIGNES * (SIGNES + 2)
_AFTER_A_COMMA = re.compile(r"\s*,\s*")
_HOUSE_NUMBER = re.compile(r"\d+\s*(?:bis|ter|quater|[a-z])?", re.IGNORECASE)


def _fits_an_envelope(value: str) -> str:
    lines = lines_of(value)
    if len(lines) > LIGNES or any(len(line) > SIGNES for line in lines):
        raise ValueError("Écrivez l’adresse en sept lignes au plus.")
    return value


# An address as it is written on an envelope; `lines_of` gives its lines.
Adresse = Annotated[Lines, Field(max_length=ADRESSE_MAX), AfterValidator(_fits_an_envelope)]

# One box for whatever reaches her: an e-mail, a telephone, a postal address.
BoiteContact = Annotated[Lines, Field(max_length=ADRESSE_MAX)]


def envelope_lines(text: str) -> tuple[str, ...]:
    """The lines of an address that may be written in one breath, « 3, rue du Port, 93200 Saint-Denis ».

    Where they are too many, the first ones share a line: the town stays last.
    """
    lines = list(lines_of(text))
    if len(lines) == 1:
        lines = _split(lines[0])
    while len(lines) > LIGNES:
        lines[:2] = [", ".join(lines[:2])]
    return tuple(lines)


def _split(line: str) -> list[str]:
    """What commas part; a house number stays with its street."""
    lines: list[str] = []
    for part in filter(None, _AFTER_A_COMMA.split(line)):
        if lines and _HOUSE_NUMBER.fullmatch(lines[-1]):
            lines[-1] = f"{lines[-1]}, {part}"
        else:
            lines.append(part)
    return lines
