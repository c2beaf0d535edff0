"""When the person is asked whether she has her title: nobody recorded the handing over (DEP-62)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from droit.decision import Decision, Genre, Motif, accept, refuse
from services.deposit.dossier.rules import etats

JOUR_MANQUANT = Motif(
    "JOUR_REMISE_MANQUANT",
    "regle-du-service",
    "Il manque le jour de la remise.",
    "Écrivez le jour où l’on vous a remis votre titre. À peu près suffit.",
    Genre.INVALIDE,
)
JOUR_IMPOSSIBLE = Motif(
    "JOUR_REMISE_IMPOSSIBLE",
    "regle-du-service",
    "Votre titre ne peut pas avoir été remis ce jour-là.",
    "Écrivez un jour qui suit la décision, au plus tard aujourd’hui.",
    Genre.INVALIDE,
)
TROP_TARD = Motif(
    "REMISE_TROP_ANCIENNE",
    "regle-du-service",
    "Cette remise a été notée il y a trop longtemps pour être annulée ici.",
    "Écrivez à votre préfecture : vous pouvez aussi demander un duplicata, ou déposer une demande.",
    Genre.PRECONDITION,
)


@dataclass(frozen=True)
class Attente:
    """A title that waits for its handing over. `depuis` is the day it was announced, or accepted; `posee` the last
    question; `delai_jours` and `fabrication_jours` what is waited for before asking, announced or not.
    """

    state: str
    depuis: date | None
    posee: date | None
    delai_jours: int
    fabrication_jours: int


def may_note(jour: date | None, decision: date | None, today: date) -> Decision:
    """A handing over is noted on the day that the person gives: after the decision, and not to come."""
    if jour is None:
        return refuse(JOUR_MANQUANT, champ="jour")
    if jour > today or (decision is not None and jour < decision):
        return refuse(JOUR_IMPOSSIBLE, champ="jour")
    return accept()


def last_day_to_take_back(state: str, noted: date, delai_jours: int) -> date | None:
    """The last day on which a handing over noted by mistake can be taken back; None when none was noted."""
    return noted + timedelta(days=delai_jours) if state == etats.REMISE else None


def may_take_back(last: date | None, today: date) -> Decision:
    """A handing over is taken back as long as its mistake is fresh."""
    if last is None:
        return refuse(etats.ETAT_IMPOSSIBLE)
    return accept() if today <= last else refuse(TROP_TARD)


def question_day(attente: Attente) -> date | None:
    """The day of the next question; None when no title waits. Asked again until somebody records or answers."""
    if attente.state not in (etats.FAVORABLE, etats.TITRE_PRET) or attente.depuis is None:
        return None
    if attente.posee is not None and attente.posee >= attente.depuis:
        return attente.posee + timedelta(days=attente.delai_jours)
    wait = attente.delai_jours if attente.state == etats.TITRE_PRET else attente.fabrication_jours
    return attente.depuis + timedelta(days=wait)
