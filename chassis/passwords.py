"""What no password may be: one that was stolen and tried by the thousand elsewhere, or a word of the service alone.

`passwords.txt` holds those of eight signs and more among the twenty thousand most frequent of the stolen ones that Have
I Been Pwned gathers, as Royce Williams listed them and Django ships them (BSD).
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Annotated

from flask_babel import lazy_gettext
from pydantic import AfterValidator

STOLEN = Path(__file__).with_suffix(".txt")
# What everybody thinks of first here, whatever figures and signs stand around it.
OF_THE_SERVICE = frozenset(
    {"sejour", "titredesejour", "cartedesejour", "prefecture", "prefet", "etranger", "etrangers", "motdepasse", "visa"}
)


def is_guessed(password: str, *own: str) -> bool:
    """Whether it is one of those, or a word that is known of whoever chooses it: her name."""
    words = OF_THE_SERVICE | {_letters(word) for word in own if _letters(word)}
    return password.casefold() in _stolen() or _letters(password) in words


def not_guessed(password: str) -> str:
    """The same password. Raises ValueError with what to do."""
    if is_guessed(password):
        raise ValueError(TOO_EASY)
    return password


TOO_EASY = lazy_gettext("Ce mot de passe est trop facile à deviner. Choisissez plusieurs mots à vous.")
NotGuessed = Annotated[str, AfterValidator(not_guessed)]


@cache
def _stolen() -> frozenset[str]:
    return frozenset(STOLEN.read_text("utf-8").splitlines())


def _letters(text: str) -> str:
    """Without case, accent, figure or sign."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text).casefold() if sign.isalpha())
