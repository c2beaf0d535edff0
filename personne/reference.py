"""References that are given at once, spelt on the telephone and typed back. They all use one alphabet."""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import Annotated

from pydantic import AfterValidator

# Crockford's alphabet without vowels: nothing that is misheard on the telephone, no accidental word.
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
_LETTERS = 8
_REFERENCE = re.compile(rf"\b([BCD])[\s-]?([{ALPHABET}]{{4}})[\s-]([{ALPHABET}]{{4}})\b", re.IGNORECASE)
NUMERO_CHIFFRES = 10


def read_numero(typed: str) -> str:
    """A numéro étranger as it is kept and compared: without spaces, dots or hyphens, in capitals, however typed."""
    return "".join(char for char in unicodedata.normalize("NFKC", typed).upper() if char.isalnum())


def is_numero(typed: str) -> bool:
    """Whether it can be a numéro étranger, and no reference of ours, which has eight letters or digits."""
    numero = read_numero(typed)
    return len(numero) == NUMERO_CHIFFRES and numero.isdecimal()


def _ten_digits(typed: str) -> str:
    if typed.strip() and not is_numero(typed):
        raise ValueError(
            "Un numéro étranger a dix chiffres. Recopiez-le d’un titre, d’un récépissé ou d’une attestation d’asile."
        )
    return read_numero(typed)


# As it is kept: two spellings are one number, and what is no number is asked again.
NumeroEtranger = Annotated[str, AfterValidator(_ten_digits)]


def new_code() -> str:
    """A code to write down, `XXXX-XXXX`: 27^8 of them."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(_LETTERS))
    return f"{drawn[:4]}-{drawn[4:]}"


def new_reference(letter: str) -> str:
    """A reference of the kind that `letter` names, `B-XXXX-XXXX`."""
    return f"{letter}-{new_code()}"


def reference_in(words: str, letter: str) -> str:
    """The first reference of this kind in what somebody wrote, as it is kept, or nothing."""
    named = (f"{found[1]}-{found[2]}-{found[3]}".upper() for found in _REFERENCE.finditer(words))
    return next((reference for reference in named if reference.startswith(letter)), "")


def read_reference(typed: str, letter: str) -> str:
    """A reference as stored, from what was typed: any case, with or without its letter, dashes and spaces.

    What has not eight letters gives a text that is the reference of nothing.
    """
    letters = read_numero(typed)
    # The letter itself may also be the first of the eight.
    if len(letters) > _LETTERS:
        letters = letters.removeprefix(letter)
    return f"{letter}-{letters[:4]}-{letters[4:]}"
