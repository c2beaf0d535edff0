"""The fixed questions asked before anything is said on the telephone, in both directions (CCC-15, CASE-28)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

from personne.nom import same_birth, same_name, same_prenoms
from services.ccc.rules.etats import ECHEC, VERIFIEE

QUESTIONS = (
    "Quel est votre numéro étranger, ou la référence d’une de vos demandes ?",
    "Quel est votre nom, et quels sont vos prénoms ?",
    "Quelle est votre date de naissance ?",
)


@dataclass(frozen=True)
class Reponses:
    """What the person on the line answers; the agent never sees the expected answers."""

    nom: str
    prenoms: str
    naissance: date
    pour_autrui: bool = False
    mandat: bool = False


@dataclass(frozen=True)
class Connu:
    """What deposit knows of the person found by her number or reference."""

    nom: str
    prenoms: str
    naissance: date


def result(said: Reponses, registered: Connu | None) -> str:
    """VERIFIEE when all is right.

    Whoever calls for another needs a mandate that deposit knows; her word is not enough.
    """
    if registered is None or (said.pour_autrui and not said.mandat):
        return ECHEC
    right = (
        same_name(said.nom, registered.nom)
        and same_prenoms(said.prenoms, registered.prenoms)
        and same_birth(said.naissance, registered.naissance)
    )
    return VERIFIEE if right else ECHEC


def plain(text: str) -> str:
    """Lower case, no accents, single spaces: as one hears it."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char if char.isalnum() else " " for char in letters if not unicodedata.combining(char))
    return " ".join(kept.split())
