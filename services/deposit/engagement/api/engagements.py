"""What a machine closed, a title that waits, what goes to the programme desk: by API (DEP-38, DEP-61, DEP-62)."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.lists import CURSOR_MAX
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT, AIDANT, USAGER
from services.deposit.demande import api as vues
from services.deposit.demande.api import DemandePath
from services.deposit.engagement import inputs
from services.deposit.engagement.actions import remontees
from services.deposit.instruction.actions import remises
from services.deposit.instruction.inputs import ReponseRemise

TAG = Tag(name="engagements", description="Fermetures annulées, remises, bureau national")
api = APIBlueprint("api_engagements", __name__, abp_tags=[TAG])
PROGRAMME = ("bureau_national",)


class RemonteePath(BaseModel):
    """A case at the programme desk."""

    remontee_id: str = Field(max_length=64)


class FileQuery(BaseModel):
    """Which cases, and which page from 0."""

    etat: str = Field(default="OUVERTE", pattern="^(OUVERTE|EN_RETARD|LEVEE)$")
    apres: str = Field(default="", max_length=CURSOR_MAX)


@api.post("/demandes/<demande_id>:repondre-remise")
@require(USAGER, AIDANT)
def repondre(path: DemandePath, body: ReponseRemise) -> Response:
    """Dit si le titre a été reçu."""
    done = remises.answer(path.demande_id, body, current_who(), request_id=request_id())
    return jsonify(vues.demande(done))


@api.post("/demandes/<demande_id>:contester-remise")
@require(USAGER, AIDANT)
def contester(path: DemandePath) -> Response:
    """Annule une remise notée par erreur : le titre n’a pas été reçu."""
    return jsonify(vues.demande(remises.take_back_mine(path.demande_id, current_who(), request_id=request_id())))


@api.get("/agents/remontees")
@require(AGENT, roles=PROGRAMME)
def file(query: FileQuery) -> Response:
    """Ce qui est au bureau national, le jour le plus proche d’abord."""
    found = remontees.queue(current_who(), query.etat, query.apres)
    return jsonify(remontees=[remontees.in_json(row) for row in found.lignes], comptes=found.comptes, suite=found.suite)


@api.post("/remontees/<remontee_id>:lever")
@require(AGENT, roles=PROGRAMME)
def lever(path: RemonteePath, body: inputs.Levee) -> Response:
    """Règle un problème au bureau national."""
    done = remontees.lift(path.remontee_id, body.acte, body.texte, current_who(), request_id=request_id())
    return jsonify(remontees.in_json(done))
