"""A demande validly filed elsewhere is not filed twice: its earlier day and its document are carried (DEP-42). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from droit.decision import Decision, Genre, Motif, accept, refuse

# Where a demande was filed, as a desk chooses it; a record taken over names its source instead.
LIEUX: Mapping[str, str] = {
    "guichet": "au guichet de la préfecture",
    "poste": "par la poste",
    "courriel": "par e-mail à la préfecture",
    "pan": "à un point d’accueil",
    "autre-prefecture": "dans une autre préfecture",
    "autre-site": "sur un autre site de l’administration",
    "agdref": "au guichet, dans l’ancien fichier (AGDREF)",
}

DEPOT_PAS_ANTERIEUR = Motif(
    "DEPOT_PAS_ANTERIEUR",
    "regle-du-service",
    "Ce dépôt n’est pas plus ancien que la date de la demande.",
    "Écrivez le jour du premier dépôt. La date de la demande n’avance jamais : elle ne peut que reculer.",
    Genre.INVALIDE,
)
DEPOT_SANS_TRACE = Motif(
    "DEPOT_SANS_TRACE",
    "regle-du-service",
    "Il manque la trace de ce dépôt.",
    "Écrivez son numéro, ou le document donné : récépissé, accusé de réception, convocation.",
    Genre.INVALIDE,
)
DEJA_SUIVIE_ICI = Motif(
    "DEJA_SUIVIE_ICI",
    "regle-du-service",
    "Une demande pour le même titre est déjà suivie ici.",
    "Ouvrez-la, puis « Rattacher un dépôt antérieur » : elle prend la première date.",
    Genre.CONFLIT,
)


def may_join(depot: date, before: date, trace: str) -> Decision:
    """An earlier filing is joined when it is earlier, and left a trace: a number or the document given for it."""
    if depot >= before:
        return refuse(DEPOT_PAS_ANTERIEUR, champ="depot")
    return accept() if trace.strip() else refuse(DEPOT_SANS_TRACE, champ="numero")
