"""Where a préfecture's own appointment system tells us of a change: signed by the shared secret, harmless to repeat."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from chassis.web.idempotency import without_key
from services.pan.actions import webhooks

api = Blueprint("agendas", __name__, url_prefix="/agendas")


@api.post("/<prefecture>/notifications")
@without_key
def notified(prefecture: str) -> tuple[Response, int]:
    """Takes `{"reservation": our identifier, "state": "ANNULE"}`; 401 when `Sejour-Signature` is not right.

    `reservation` is that of the booking as it was last made: a former one ends nothing.
    """
    well = webhooks.webhook(prefecture, request.get_data(), request.headers.get("Sejour-Signature", ""))
    return (jsonify(pris=True), 202) if well else (jsonify(detail="Sejour-Signature"), 401)
