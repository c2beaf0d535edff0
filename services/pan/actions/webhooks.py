"""What a préfecture's own system tells us of our bookings, signed by the secret that we share."""

from __future__ import annotations

import json

from services.pan.actions import agenda
from services.pan.adapters.sejour_json import is_signed
from services.pan.cadre import cadre
from services.pan.store import RendezVous


def webhook(prefecture: str, body: bytes, signature: str) -> bool:
    """A préfecture's system tells that it cancelled one of our bookings; False when the signature is not its own."""
    secret = str(cadre().jetons.get(prefecture, {}).get("secret", ""))
    if not is_signed(secret, body, signature):
        return False
    change = json.loads(body)
    rendez_vous_id, _, _ = str(change.get("reservation", "")).partition(".")
    found: RendezVous | None = RendezVous.objects(id=rendez_vous_id, prefecture=prefecture).first()
    if found is not None and change.get("state") == "ANNULE":
        by = f"systeme:{prefecture}"
        agenda.try_cancel(found.id, by=by, request_id=f"webhook:{change['reservation']}")
    return True
