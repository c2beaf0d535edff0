"""What is published has an owner and a day on which it was read again; past P-STALE it is to be read again (XCT-11)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from droit.decision import Decision, Genre, Motif, accept, refuse


class Age(StrEnum):
    """How fresh something published is."""

    A_JOUR = "a-jour"
    A_RELIRE = "a-relire"
    JAMAIS_RELUE = "jamais-relue"


PUBLICATION_INCONNUE = Motif(
    "PUBLICATION_INCONNUE",
    "regle-du-service",
    "Rien de publié ne porte ce nom.",
    "Rechargez le rapport de fraîcheur.",
    Genre.INTROUVABLE,
)
PUBLICATION_SANS_RESPONSABLE = Motif(
    "PUBLICATION_SANS_RESPONSABLE",
    "regle-du-service",
    "Ce qui est publié a un responsable.",
    "Écrivez quel service en répond.",
    Genre.INVALIDE,
)


def age(relue: date | None, today: date, limit_days: int) -> Age:
    """Fresh through its last day: read again `limit_days` ago is still fresh."""
    if relue is None:
        return Age.JAMAIS_RELUE
    return Age.A_JOUR if (today - relue).days <= limit_days else Age.A_RELIRE


def may_review(responsable: str) -> Decision:
    """Somebody answers for what is published."""
    return accept() if responsable.strip() else refuse(PUBLICATION_SANS_RESPONSABLE, champ="responsable")
