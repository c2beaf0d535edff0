"""Where a préfecture's own appointment system tells us of a change, and holds the slots that it gives at its desk."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from pydantic import ValidationError

from chassis.web.idempotency import without_key
from droit.decision import Genre, Motif, Refused
from services.pan import inputs
from services.pan.actions import dialecte, retenues, webhooks

api = Blueprint("agendas", __name__, url_prefix="/agendas")
KEY_MAX = 80
JETON_INCONNU = Motif(
    "JETON_INCONNU",
    "regle-du-service",
    "Ce jeton n’est pas celui de cette préfecture, ou il est fini.",
    "Demandez un jeton à l’exploitant du service.",
    Genre.NON_AUTHENTIFIE,
)

SIGNATURE_FAUSSE = Motif(
    "SIGNATURE_FAUSSE",
    "regle-du-service",
    "La signature de cet avis n’est pas celle de cette préfecture.",
    "Signez les octets envoyés avec le secret de la préfecture, dans `Sejour-Signature`.",
    Genre.NON_AUTHENTIFIE,
)


@api.post("/<prefecture>/notifications")
@without_key
def notified(prefecture: str) -> tuple[Response, int]:
    """Prend ce que le système a fait d'un de nos rendez-vous ; 401 si `Sejour-Signature` n'est pas juste."""
    if not webhooks.webhook(prefecture, request.get_data(), request.headers.get("Sejour-Signature", "")):
        raise Refused(SIGNATURE_FAUSSE)
    return jsonify(pris=True), 202


@api.put("/<prefecture>/retenues/<cle>")
@without_key
def retenir(prefecture: str, cle: str) -> tuple[Response, int]:
    """Retient un créneau de leur export ; 409 si quelqu'un l'a."""
    _require_token(prefecture)
    try:
        asked = inputs.Retenue.model_validate_json(request.get_data())
    except ValidationError as error:
        raise Refused(webhooks.CHANGEMENT_ILLISIBLE) from error
    until = retenues.keep(prefecture, cle[:KEY_MAX], asked)
    return jsonify(cle=cle, jusque_time=until.isoformat()), 200


@api.post("/<prefecture>/retenues/<cle>:prendre")
@without_key
def prendre(prefecture: str, cle: str) -> tuple[Response, int]:
    """Le créneau retenu est donné là-bas : il n'est plus offert ici."""
    _require_token(prefecture)
    retenues.take(prefecture, cle[:KEY_MAX])
    return jsonify(cle=cle), 200


@api.delete("/<prefecture>/retenues/<cle>")
@without_key
def rendre(prefecture: str, cle: str) -> tuple[Response, int]:
    """Rend le créneau, retenu ou donné."""
    _require_token(prefecture)
    retenues.leave(prefecture, cle[:KEY_MAX])
    return jsonify(cle=cle), 200


def _require_token(prefecture: str) -> None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer" or prefecture not in dialecte.prefectures_of(token):
        raise Refused(JETON_INCONNU)
