"""What is promised to a person has a day; kept, or missed and then said to her and to the supervisor (DEP-63)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from droit.decision import Decision, Genre, Motif, accept, refuse

A_TENIR, MANQUEE, TENUE = "A_TENIR", "MANQUEE", "TENUE"
GENRES: Mapping[str, str] = {
    "convocation": "Envoyer une convocation",
    "rappel": "Rappeler la personne",
    "retour": "Donner une réponse",
    "document": "Envoyer un document",
    "autre": "Autre promesse",
}
JOURS_MAX = 366

GENRE_INCONNU = Motif(
    "PROMESSE_INCONNUE",
    "ddd-2024-12-11",
    "Cette promesse n’est pas dans la liste, ou elle n’est pas ici.",
    "Choisissez ce qui est promis à la personne.",
    Genre.INVALIDE,
)
JOUR_DE_PROMESSE = Motif(
    "JOUR_DE_PROMESSE",
    "regle-du-service",
    "Le jour d’une promesse est aujourd’hui ou plus tard, dans l’année.",
    "Écrivez le dernier jour où vous pouvez la tenir.",
    Genre.INVALIDE,
)
PROMESSE_INTROUVABLE = Motif(
    "PROMESSE_INTROUVABLE",
    "regle-du-service",
    "Cette promesse n’existe pas, ou elle n’est pas pour vous.",
    "Ouvrez « Mon espace » ou le dossier : toutes les promesses y sont.",
    Genre.INTROUVABLE,
)


def may_promise(genre: str, echeance: date, today: date) -> Decision:
    """A promise is of a known kind, for a day that is not past and that somebody will remember."""
    if genre not in GENRES:
        return refuse(GENRE_INCONNU, champ="genre")
    if not today <= echeance <= today + timedelta(days=JOURS_MAX):
        return refuse(JOUR_DE_PROMESSE, champ="jour")
    return accept()
