"""What the calendar makes due in deposit: one visible dict."""

from __future__ import annotations

from chassis.due import Due
from services.deposit.actions import (
    annonces,
    calendrier,
    clotures,
    concertations,
    promesses,
    remises,
    remontees,
    titres,
)
from services.deposit.store import Concertation, Demande, Panne, Promesse, Remontee, Usager

DUE: Due = {
    (Demande, "droits"): calendrier.examine_droits,
    (Demande, "pieces_rappel"): calendrier.remind_pieces,
    (Demande, "pieces_echeance"): clotures.pass_due_day,
    (Demande, "remise"): remises.ask,
    (Concertation, "fin"): concertations.close,
    (Usager, "alerte"): titres.alert,
    (Promesse, "echeance"): promesses.miss,
    (Remontee, "echeance"): remontees.overdue,
    (Panne, "annonce"): annonces.announce,
    (Panne, "reprise"): annonces.resume,
}
