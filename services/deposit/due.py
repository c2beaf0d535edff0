"""What the calendar makes due in deposit: one visible dict."""

from __future__ import annotations

from chassis.due import Due
from services.deposit.actions import calendrier, concertations, pannes, promesses, titres
from services.deposit.store import Concertation, Demande, Panne, Promesse, Usager

DUE: Due = {
    (Demande, "droits"): calendrier.examine_droits,
    (Demande, "pieces_rappel"): calendrier.remind_pieces,
    (Demande, "pieces_echeance"): calendrier.pass_due_day,
    (Concertation, "fin"): concertations.close,
    (Usager, "alerte"): titres.alert,
    (Promesse, "echeance"): promesses.miss,
    (Panne, "annonce"): pannes.announce,
    (Panne, "reprise"): pannes.resume,
}
