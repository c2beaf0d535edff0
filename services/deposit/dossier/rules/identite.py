"""How one person is recognised from what a paper says. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date


def identity_key(nom: str, naissance: date) -> str:
    """The search key of a name and a day of birth: letters A–Z of the name (else the name itself), then the day."""
    flat = unicodedata.normalize("NFKD", nom).encode("ascii", "ignore").decode().upper()
    letters = "".join(letter for letter in flat if letter.isalpha()) or nom.strip().casefold()
    return f"{letters}:{naissance.isoformat()}"


def same_person(nom: str, naissance: date, noms: Iterable[str], naissance_vue: date | None) -> bool:
    """Whether one of the names seen (birth name, name in use) and the day of birth are those of the account."""
    return naissance_vue == naissance and any(
        identity_key(vu, naissance) == identity_key(nom, naissance) for vu in noms
    )
