"""What is promised to a person, by whatever channel: its kind, and a last day that somebody will remember (DEP-63)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from droit.decision import Decision, Genre, Motif, accept, refuse

GENRES: Mapping[str, str] = {
    "convocation": "Envoyer une convocation",
    "rappel": "Rappeler la personne",
    "retour": "Donner une réponse",
    "document": "Envoyer un document",
    "autre": "Autre promesse",
}
JOURS_MAX = 366
# Where a promise stands for the channel that made it.
EN_ATTENTE, NOTEE, TENUE, REFUSEE = "EN_ATTENTE", "NOTEE", "TENUE", "REFUSEE"

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
PROMESSE_SANS_DOSSIER = Motif(
    "PROMESSE_SANS_DOSSIER",
    "regle-du-service",
    "La personne n’est pas reliée à son dossier : sa préfecture ne verrait pas cette promesse.",
    "Reliez d’abord son dossier, après la vérification d’identité. Sans dossier, donnez-lui la suite par écrit.",
)


def may_promise(genre: str, echeance: date, today: date) -> Decision:
    """A promise is of a known kind, for a day that is not past and that somebody will remember."""
    if genre not in GENRES:
        return refuse(GENRE_INCONNU, champ="genre")
    if not today <= echeance <= today + timedelta(days=JOURS_MAX):
        return refuse(JOUR_DE_PROMESSE, champ="jour")
    return accept()
