"""What no password may be: one that was stolen and tried by the thousand elsewhere, or a word of the service alone.

The stolen ones are the thirty thousand most frequent, as zxcvbn lists them.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Annotated

from flask_babel import lazy_gettext
from pydantic import AfterValidator

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
    # Read when somebody first chooses a password: most processes never do.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


def _letters(text: str) -> str:
    """Without case, accent, figure or sign."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text).casefold() if sign.isalpha())
