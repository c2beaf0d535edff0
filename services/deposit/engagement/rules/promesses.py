"""What is promised to a person has a day; kept, or missed and then said to her and to the supervisor (DEP-63)."""

from __future__ import annotations

import re

from droit.decision import Decision, Genre, Motif, accept, refuse
from promesse.rules import GENRE_INCONNU, GENRES

A_TENIR, MANQUEE, TENUE = "A_TENIR", "MANQUEE", "TENUE"
# The answer of an agent who says that her message promises nothing.
AUCUNE = "aucune"
# « Je vous rappelle », « nous vous répondrons », « vous recevrez une convocation », « vous serez convoquée ».
_PROMET = re.compile(
    r"\b(?:je|nous|on)\s+(?:vais\s+|allons\s+|va\s+)?vous\s+(?:rappel|r[ée]pondr|recontact|convoqu|enverr|envoyer\b)"
    r"|\bvous\s+(?:serez|allez\s+[êe]tre)\s+(?:rappel|convoqu|recontact|appel)"
    r"|\bvous\s+(?:recevrez|allez\s+recevoir)\s+(?:une?|votre)\s+(?:convocation|r[ée]ponse|appel|rendez-vous)",
    re.IGNORECASE,
)

PROMESSE_INTROUVABLE = Motif(
    "PROMESSE_INTROUVABLE",
    "regle-du-service",
    "Cette promesse n’existe pas, ou elle n’est pas pour vous.",
    "Ouvrez « Mon espace » ou le dossier : toutes les promesses y sont.",
    Genre.INTROUVABLE,
)
PROMESSE_SANS_PREFECTURE = Motif(
    "PROMESSE_SANS_PREFECTURE",
    "regle-du-service",
    "Aucune préfecture n’est connue pour cette personne : personne ne verrait cette promesse.",
    "Notez d’abord où elle habite, puis la promesse.",
)
PROMESSE_SANS_JOUR = Motif(
    "PROMESSE_SANS_JOUR",
    "ddd-2024-12-11",
    "Ce message semble promettre quelque chose à la personne.",
    "Dites ce qui est promis et son dernier jour. Si rien ne l’est, choisissez « Rien n’est promis ».",
    Genre.INVALIDE,
)


def message_promises(texte: str, genre: str, *, jour: bool) -> Decision:
    """A promise written to a person is a task with its day: words that promise do not leave without one."""
    if genre == AUCUNE:
        return accept()
    if genre:
        accepted = refuse(GENRE_INCONNU, champ="promesse") if genre not in GENRES else accept()
        return accepted if jour or not accepted.accepted else refuse(PROMESSE_SANS_JOUR, champ="jour")
    return refuse(PROMESSE_SANS_JOUR, champ="promesse") if _PROMET.search(texte) else accept()
