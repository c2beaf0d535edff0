"""What the legal clock makes due: slots made ahead, the bookings of a closed place, who did not come."""

from __future__ import annotations

from chassis.due import Due
from services.pan.actions import agenda, creneaux, fermetures
from services.pan.store import Lieu, RendezVous

DUE: Due = {
    (Lieu, "creneaux"): creneaux.generate,
    (Lieu, "transfert"): fermetures.transfer,
    (RendezVous, "passe"): agenda.let_pass,
}
