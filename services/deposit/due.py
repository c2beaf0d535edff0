"""What the calendar makes due in deposit: one visible dict."""

from __future__ import annotations

from chassis.due import FAILED, Due
from services.deposit.aidant.actions import annuaire, relais
from services.deposit.compte.actions import titres, titres_enfants
from services.deposit.concertation.actions import concertations
from services.deposit.concertation.store.concertation import Concertation
from services.deposit.demande.actions import paiements
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.panne import Panne
from services.deposit.dossier.store.usager import Structure, Usager
from services.deposit.droits.actions import settle
from services.deposit.engagement.actions import promesses, remontees
from services.deposit.engagement.store.promesse import Promesse
from services.deposit.engagement.store.remontee import Remontee
from services.deposit.instruction.actions import clotures, effets, remises
from services.deposit.panne.actions import annonces

DUE: Due = {
    (Demande, "droits"): settle.examine_droits,
    (Demande, FAILED): settle.say_failing,
    (Demande, "pieces_rappel"): clotures.remind_pieces,
    (Demande, "pieces_echeance"): clotures.pass_due_day,
    (Demande, "remise"): remises.ask,
    (Demande, "effet"): effets.follow_decision,
    (Demande, "paiement"): paiements.follow,
    (Concertation, "fin"): concertations.close,
    (Usager, "alerte"): titres.alert,
    (Usager, titres_enfants.ALERTE): titres_enfants.alert,
    (Usager, "relais"): relais.end_due,
    (Structure, "annuaire"): annuaire.send,
    (Promesse, "echeance"): promesses.miss,
    (Remontee, "echeance"): remontees.overdue,
    (Panne, "annonce"): annonces.announce,
    (Panne, "reprise"): annonces.resume,
}
