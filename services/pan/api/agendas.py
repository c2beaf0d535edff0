"""Where a préfecture's own appointment system tells us of a change, and holds the slots that it gives at its desk."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from chassis.web.idempotency import without_key
from chassis.web.inputs import Body
from droit.decision import Genre, Motif, Refused
from services.pan import inputs
from services.pan.actions import dialecte, retenues, webhooks

api = APIBlueprint("agendas", __name__, abp_tags=[Tag(name="Systèmes de rendez-vous")])
JETON_INCONNU = Motif(
    "JETON_INCONNU",
    "regle-du-service",
    "Ce jeton n’est pas celui de cette préfecture, ou il est fini.",
    "Demandez un jeton à l’exploitant du service.",
    Genre.NON_AUTHENTIFIE,
)


class PrefecturePath(Body):
    """A préfecture."""

    prefecture: str = Field(min_length=2, max_length=3)


class RetenuePath(PrefecturePath):
    """A hold, by the identifier that their system gives it."""

    cle: str = Field(min_length=1, max_length=80)


@api.post("/agendas/<string:prefecture>/notifications")
@without_key
def notified(path: PrefecturePath) -> tuple[Response, int]:
    """Prend ce que le système a fait d'un de nos rendez-vous ; 401 si `Sejour-Signature` n'est pas juste."""
    well = webhooks.webhook(path.prefecture, request.get_data(), request.headers.get("Sejour-Signature", ""))
    return (jsonify(pris=True), 202) if well else (jsonify(detail="Sejour-Signature"), 401)


@api.put("/agendas/<string:prefecture>/retenues/<string:cle>")
@without_key
def retenir(path: RetenuePath, body: inputs.Retenue) -> tuple[Response, int]:
    """Retient un créneau de leur export ; 409 si quelqu'un l'a."""
    _require_token(path.prefecture)
    until = retenues.keep(path.prefecture, path.cle, body)
    return jsonify(cle=path.cle, jusque_time=until.isoformat()), 200


@api.post("/agendas/<string:prefecture>/retenues/<string:cle>:prendre")
@without_key
def prendre(path: RetenuePath) -> tuple[Response, int]:
    """Le créneau retenu est donné là-bas : il n'est plus offert ici."""
    _require_token(path.prefecture)
    retenues.take(path.prefecture, path.cle)
    return jsonify(cle=path.cle), 200


@api.delete("/agendas/<string:prefecture>/retenues/<string:cle>")
@without_key
def rendre(path: RetenuePath) -> tuple[Response, int]:
    """Rend le créneau, retenu ou donné."""
    _require_token(path.prefecture)
    retenues.leave(path.prefecture, path.cle)
    return jsonify(cle=path.cle), 200


def _require_token(prefecture: str) -> None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer" or prefecture not in dialecte.prefectures_of(token):
        raise Refused(JETON_INCONNU)
