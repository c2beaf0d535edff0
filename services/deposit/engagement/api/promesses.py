"""Promises by API: made by agents, kept, read by the person and by the supervisor (DEP-63)."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.lists import CURSOR_MAX
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT, AIDANT, USAGER
from services.deposit.demande.api import UsagerPath
from services.deposit.dossier.actions import acces
from services.deposit.engagement.actions import promesses
from services.deposit.instruction.actions import personnes
from services.deposit.instruction.actions.pouvoirs import DEBLOQUEURS

TAG = Tag(name="promesses", description="Ce qui est promis aux personnes")
api = APIBlueprint("api_promesses", __name__, abp_tags=[TAG])


class PromessePath(BaseModel):
    """A promise by its identifier."""

    promesse_id: str = Field(max_length=64)


class FileQuery(BaseModel):
    """Which promises, and which page from 0."""

    etat: str = Field(default="MANQUEE", pattern="^(MANQUEE|A_TENIR|TENUE)$")
    apres: str = Field(default="", max_length=CURSOR_MAX)


@api.get("/usagers/<usager_id>/promesses")
@require()
def lister(path: UsagerPath) -> Response:
    """Ce qui a été promis à une personne."""
    who = current_who()
    usager = personnes.access_personne(path.usager_id, who, acces.READ)
    return jsonify(promesses=[promesses.in_json(found) for found in promesses.promesses_of(usager.id)])


@api.post("/promesses/<promesse_id>:tenir")
@require(USAGER, AIDANT, AGENT)
def tenir(path: PromessePath) -> Response:
    """Dit qu’une promesse est tenue."""
    return jsonify(promesses.in_json(promesses.keep(path.promesse_id, current_who(), request_id=request_id())))


@api.get("/agents/promesses")
@require(AGENT, roles=DEBLOQUEURS)
def file(query: FileQuery) -> Response:
    """Les promesses des préfectures de l’agent, avec leurs comptes."""
    found = promesses.queue(current_who(), query.etat, query.apres)
    return jsonify(promesses=[promesses.in_json(row) for row in found.lignes], comptes=found.comptes, suite=found.suite)
