"""Outages by API: an operator declares one here, whatever the other channels are doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.openapi import gives
from chassis.web.who import AGENT
from services.deposit.demande.api import iso
from services.deposit.panne import inputs
from services.deposit.panne.actions import pannes

if TYPE_CHECKING:
    from services.deposit.dossier.store.panne import Panne

TAG = Tag(name="pannes", description="Pannes du téléservice")
api = APIBlueprint("api_pannes", __name__, abp_tags=[TAG])


class PannePath(BaseModel):
    """An outage by its identifier."""

    panne_id: str = Field(max_length=64)


@api.get("/pannes")
@require(AGENT)
def lister() -> Response:
    """Les dernières pannes."""
    return jsonify(pannes=[_panne(panne) for panne in pannes.listed(current_who())])


@api.post("/pannes", responses=gives("panne_id"))
@require(AGENT)
def declarer(body: inputs.Declaration) -> tuple[Response, int]:
    """Déclare une panne : les délais s’arrêtent, les dates sont protégées, les autres voies s’ouvrent."""
    return jsonify(_panne(pannes.declare(body.prefectures, current_who(), request_id=request_id()))), 201


@api.post("/pannes/<panne_id>:terminer")
@require(AGENT)
def terminer(path: PannePath) -> Response:
    """Dit que la panne est finie : les délais reprennent, les jours d’arrêt sont ajoutés."""
    return jsonify(_panne(pannes.end(path.panne_id, current_who(), request_id=request_id())))


def _panne(panne: Panne) -> dict[str, object]:
    return {
        "panne_id": panne.id,
        "debut_date": iso(panne.debut_date),
        "fin_date": iso(panne.fin_date),
        "prefectures": list(panne.prefectures),
        "detectee": bool(panne.detectee),
        "origine": panne.origine,
    }
