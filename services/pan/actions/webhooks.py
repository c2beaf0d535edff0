"""What a préfecture's own system tells us of our bookings, signed by the secret that we share."""

from __future__ import annotations

from chassis import mongo
from services.pan import inputs
from services.pan.actions import agenda, agendas
from services.pan.adapters.sejour_json import is_signed
from services.pan.cadre import cadre
from services.pan.store import RendezVous


def webhook(prefecture: str, body: bytes, signature: str) -> bool:
    """A préfecture's system tells that it cancelled one of our bookings; False when the signature is not its own.

    The booking that an appointment had before it was moved, cancelled there or told once more, ends nothing.
    """
    secret = str(cadre().jetons.get(prefecture, {}).get("secret", ""))
    if not is_signed(secret, body, signature):
        return False
    said = inputs.Notification.model_validate_json(body)
    found = mongo.find(RendezVous, id=said.reservation.partition(".")[0], prefecture=prefecture)
    last = agendas.their_key(found.creneau_id, found.id) if found is not None else ""
    if found is not None and (said.reservation, said.state) == (last, "ANNULE"):
        agenda.try_cancel(found.id, by=f"systeme:{prefecture}", request_id=f"webhook:{said.reservation}")
    return True
