"""Who may ask for a visit in an establishment or an appointment outside it, and the day of a visit (SUB-13)."""

from __future__ import annotations

from datetime import date

from droit.decision import Decision, Genre, Motif, accept, refuse
from services.substitution.rules.voies import CONVOQUEE, DETENTION, OUVERTE, VOIE_TERMINEE

PAS_RETENUE = Motif(
    "PAS_RETENUE",
    "lettre-2024-12-17",
    "Cette voie n’est pas celle d’une personne retenue dans un établissement.",
    "Un rendez-vous au guichet est cherché de lui-même, et vous est écrit.",
    Genre.PRECONDITION,
)
PREFECTURE_A_DIRE = Motif(
    "PREFECTURE_A_DIRE",
    "regle-du-service",
    "Votre préfecture n’est pas encore dite : aucun rendez-vous ne peut être cherché.",
    "Dites votre département en bas de cette page, puis demandez le rendez-vous.",
    Genre.PRECONDITION,
)
VISITE_PASSEE = Motif(
    "VISITE_PASSEE",
    "regle-du-service",
    "Le jour de la visite est passé.",
    "Écrivez aujourd’hui ou un jour à venir.",
    Genre.INVALIDE,
)


def may_ask(origine: str, state: str) -> Decision:
    """A person who is held, while her route waits for her dossier."""
    if origine != DETENTION:
        return refuse(PAS_RETENUE)
    return accept() if state in (OUVERTE, CONVOQUEE) else refuse(VOIE_TERMINEE)


def may_visit(origine: str, jour: date, today: date) -> Decision:
    """Only there, and not in the past."""
    if origine != DETENTION:
        return refuse(PAS_RETENUE)
    return accept() if jour >= today else refuse(VISITE_PASSEE, "jour")
