"""What the legal clock makes due: slots made ahead, and the bookings of a closed place carried elsewhere."""

from __future__ import annotations

from chassis.due import Due
from services.pan.actions import fermetures, lieux
from services.pan.store import Lieu

DUE: Due = {
    (Lieu, "creneaux"): lieux.generate,
    (Lieu, "transfert"): fermetures.transferer,
}
