"""The script of a name: what is printed and signed is in Latin letters, as the foot of every passport has them.

A paper that shows boxes for a name, or a code that carries none, proves nothing about anybody.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator

# What stands between the letters of a name, in any script: spaces, apostrophes, hyphens, the middle points of Catalan
# and Japanese, the two signs without width that some scripts need. Nothing that an address or a figure is made of.
_BETWEEN_LETTERS = frozenset(" '’‘ʼʻ`´-‐‑–־᠆・·\u200c\u200d")


def is_latin(name: str) -> bool:
    """Whether every letter of the name is of the Latin alphabet."""
    return all(unicodedata.name(char, "").startswith("LATIN") for char in name if char.isalpha())


def spelt(latin: str, name: str) -> str:
    """The Latin spelling of a name written otherwise, or an empty text when it needs none. Raises ValueError."""
    if is_latin(name):
        return ""
    if not latin.strip() or not is_latin(latin):
        raise ValueError(
            "Écrivez-le aussi en lettres latines, comme en bas de la page du passeport qui porte la photo."
        )
    return latin


def _of_letters(name: str) -> str:
    if not all(unicodedata.category(char)[0] in "LM" or char in _BETWEEN_LETTERS for char in name):
        raise ValueError("Écrivez ce nom avec des lettres, des espaces, des apostrophes et des tirets, rien d’autre.")
    return name


def _latin(name: str) -> str:
    if not is_latin(name):
        raise ValueError("Écrivez ce nom en lettres latines, comme en bas de la page du passeport qui porte la photo.")
    return name


# A name in any script.
Nom = Annotated[str, AfterValidator(_of_letters)]
# A name as it goes on a paper.
NomLatin = Annotated[Nom, AfterValidator(_latin)]
