"""Promises by API: made by agents, kept, read by the person and by the supervisor (DEP-63)."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps, JourCivil
from chassis.web.who import AGENT, AIDANT, USAGER
from services.deposit.demande.api import DemandePath, UsagerPath
from services.deposit.dossier.actions import acces
from services.deposit.engagement.actions import promesses
from services.deposit.instruction.actions import personnes
from services.deposit.instruction.actions.pouvoirs import DEBLOQUEURS

TAG = Tag(name="promesses", description="Ce qui est promis aux personnes")
api = APIBlueprint("api_promesses", __name__, abp_tags=[TAG])


class PromessePath(BaseModel):
    """A promise by its identifier."""

    promesse_id: str = Field(max_length=64)


class Parole(Corps):
    """What is promised, and its last day."""

    genre: str = Field(max_length=20)
    jour: JourCivil
    texte: str = Field(default="", max_length=500)


class FileQuery(BaseModel):
    """Which promises, and which page from 0."""

    etat: str = Field(default="MANQUEE", pattern="^(MANQUEE|A_TENIR|TENUE)$")
    page: int = Field(default=0, ge=0, le=1000)


@api.post("/demandes/<demande_id>/promesses")
@require(AGENT)
def promettre(path: DemandePath, body: Parole) -> Response:
    """Promet quelque chose au sujet d’une demande."""
    said = promesses.Parole(body.genre, body.jour, body.texte)
    return jsonify(_vue(promesses.make(path.demande_id, said, current_who(), request_id=request_id())))


@api.post("/usagers/<usager_id>/promesses")
@require(AGENT)
def promettre_a(path: UsagerPath, body: Parole) -> Response:
    """Promet quelque chose à une personne."""
    said = promesses.Parole(body.genre, body.jour, body.texte)
    return jsonify(_vue(promesses.make_to_person(path.usager_id, said, current_who(), request_id=request_id())))


@api.get("/usagers/<usager_id>/promesses")
@require()
def lister(path: UsagerPath) -> Response:
    """Ce qui a été promis à une personne."""
    who = current_who()
    usager = personnes.access_personne(path.usager_id, who, acces.READ)
    return jsonify(promesses=[_vue(found) for found in promesses.made_to(usager.id)])


@api.post("/promesses/<promesse_id>:tenir")
@require(USAGER, AIDANT, AGENT)
def tenir(path: PromessePath) -> Response:
    """Dit qu’une promesse est tenue."""
    return jsonify(_vue(promesses.keep(path.promesse_id, current_who(), request_id=request_id())))


@api.get("/agents/promesses")
@require(AGENT, roles=DEBLOQUEURS)
def file(query: FileQuery) -> Response:
    """Les promesses des préfectures de l’agent, avec leurs comptes."""
    found = promesses.queue(current_who(), query.etat, query.page)
    return jsonify(promesses=[_vue(row) for row in found.promesses], comptes=found.comptes, suite=found.suite)


def _vue(promesse: Any) -> dict[str, Any]:
    return {
        "promesse_id": promesse.id,
        "usager_id": promesse.usager_id,
        "reference": promesse.reference,
        "genre": promesse.genre,
        "texte": promesse.texte,
        "faite_date": promesse.faite_date.isoformat(),
        "echeance_date": promesse.echeance_date.isoformat(),
        "etat": promesse.state,
        "tenue_date": promesse.tenue_date.isoformat() if promesse.tenue_date else "",
    }
