"""The number of a document says which service issued it, cannot be guessed, and betrays a wrong digit.

19 digits: one for the service, 17 random, one check digit (ISO/IEC 7064, MOD 11,10). The reference is the same number
in Crockford's base 32 with a check character of its own, so a service looks a reference up by the number that it gives
back: `parse_reference(text)`, then the unique index on `numero`; nothing else is stored.
"""

from __future__ import annotations

import re
import secrets

from documents.motifs import REFERENCE_DE_SUIVI, REFERENCE_INVALIDE
from droit.decision import Refused

SERVICE_DIGITS = {"deposit": "1", "ccc": "2", "pan": "3", "substitution": "4", "notify": "5"}

_LENGTH = 19
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})
_SYMBOLS = 12
_CHECK_MODULUS = 31


def new(service_digit: str | int) -> str:
    """A number never given before, of the service that has this digit. Raises ValueError for a digit nobody has."""
    digit = str(service_digit)
    if digit not in SERVICE_DIGITS.values():
        raise ValueError(f"no service has the digit {digit!r}")
    body = digit + "".join(secrets.choice("0123456789") for _ in range(_LENGTH - 2))
    return body + _check_digit(body)


def is_valid(numero: str) -> bool:
    """Could this be the number of a document? Tells a wrong digit, not whether the document exists."""
    return (
        len(numero) == _LENGTH
        and numero.isascii()
        and numero.isdigit()
        and numero[0] in SERVICE_DIGITS.values()
        and _check_digit(numero[:-1]) == numero[-1]
    )


# Where anybody checks a paper of each service. A letter of notify proves nothing by itself: its attachments do.
VERIFICATIONS = {
    "deposit": "/deposit/verifier",
    "ccc": "/ccc/documents",
    "pan": "/pan/documents",
    "substitution": "/substitution/documents",
}
# The reference that a person keeps to be found again: a letter and eight characters.
_SUIVI = re.compile(r"[A-Z][0-9A-Z]{8}")


def service_of(numero: str) -> str:
    """The service whose data hold this document. Raises Refused(REFERENCE_INVALIDE)."""
    if not is_valid(numero):
        raise Refused(REFERENCE_INVALIDE, champ="numero")
    return next(service for service, digit in SERVICE_DIGITS.items() if digit == numero[0])


def reference(numero: str) -> str:
    """The number in 13 characters that a person can read aloud and type: `XXXX-XXXX-XXXXX`.

    Raises Refused(REFERENCE_INVALIDE) when the number is not one.
    """
    if not is_valid(numero):
        raise Refused(REFERENCE_INVALIDE, champ="numero")
    value, symbols = int(numero[:-1]), ""
    for _ in range(_SYMBOLS):
        value, rest = divmod(value, len(_ALPHABET))
        symbols = _ALPHABET[rest] + symbols
    symbols += _check_symbol(symbols)
    return f"{symbols[:4]}-{symbols[4:8]}-{symbols[8:]}"


def parse_reference(text: str) -> str:
    """The number behind a typed reference, or behind the 19 digits themselves; case, spaces and hyphens do not count.

    Raises Refused(REFERENCE_INVALIDE) when a character is wrong or missing.
    """
    typed = "".join(c for c in text.upper() if c.isalnum())
    if is_valid(typed):
        return typed
    if _SUIVI.fullmatch(typed):
        raise Refused(REFERENCE_DE_SUIVI, champ="reference")
    symbols = typed.translate(_READ_AS)
    if len(symbols) != _SYMBOLS + 1 or any(c not in _ALPHABET for c in symbols):
        raise Refused(REFERENCE_INVALIDE, champ="reference")
    if _check_symbol(symbols[:-1]) != symbols[-1]:
        raise Refused(REFERENCE_INVALIDE, champ="reference")
    value = 0
    for symbol in symbols[:-1]:
        value = value * len(_ALPHABET) + _ALPHABET.index(symbol)
    body = f"{value:0{_LENGTH - 1}d}"
    numero = body + _check_digit(body)
    if not is_valid(numero):
        raise Refused(REFERENCE_INVALIDE, champ="reference")
    return numero


def _check_digit(body: str) -> str:
    """ISO/IEC 7064 MOD 11,10: sees every wrong digit and nearly every exchange of two neighbours."""
    product = 10
    for digit in body:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def _check_symbol(symbols: str) -> str:
    """Weighted sum modulo a prime: sees a wrong character and two exchanged neighbours, except 0 against Z."""
    total = sum(weight * _ALPHABET.index(symbol) for weight, symbol in enumerate(symbols, start=1))
    return _ALPHABET[total % _CHECK_MODULUS]
