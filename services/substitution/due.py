"""What the calendar makes due in substitution: one visible dict."""

from __future__ import annotations

from chassis.due import Due
from services.substitution.actions import echeances, pannes
from services.substitution.store import Panne, Voie

DUE: Due = {
    (Voie, "psub_alerte"): echeances.warn,
    (Voie, "psub"): echeances.pass_deadline,
    (Voie, "rendez_vous"): echeances.ask_again,
    (Voie, "lendemain"): echeances.after_appointment,
    (Voie, "ordonnance"): echeances.pass_ordonnance,
    (Panne, "annonce"): pannes.begin_telling,
}
