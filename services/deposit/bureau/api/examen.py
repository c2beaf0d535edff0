"""Agents' acts by API: the queue, and each power as one route."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import AGENT
from services.deposit.demande import api as vues
from services.deposit.demande.actions import queries
from services.deposit.demande.api import DemandePath
from services.deposit.dossier.rules import etats
from services.deposit.instruction.actions import guichet, instruction
from services.deposit.instruction.actions.instruction import Fermeture, Sens

TAG = Tag(name="instruction", description="Actes des agents")
api = APIBlueprint("api_agents", __name__, abp_tags=[TAG])
ROLES = ("instructeur", "superviseur")


class FileQuery(BaseModel):
    """Page of the queue, from 0."""

    page: int = Field(default=0, ge=0, le=1000)


class DemandePieces(Corps):
    """Codes of pieces, and words."""

    pieces: list[str] = Field(default_factory=list, max_length=20)
    texte: str = Field(default="", max_length=4000)


class Decision(Corps):
    """A decision; `motif`, `texte` and `recours` are required when it is not favourable."""

    favorable: bool
    motif: str = Field(default="", max_length=4000)
    texte: str = Field(default="", max_length=1000)
    recours: list[str] = Field(default_factory=list, max_length=10)


class Cloture(Corps):
    """A closing: refused without its reason."""

    motif: str = Field(max_length=4000)
    texte: str = Field(max_length=1000)
    pieces_manquantes: list[str] = Field(default_factory=list, max_length=20)
    recours: list[str] = Field(max_length=10)


class Lieu(Corps):
    """Where the title is handed over."""

    lieu: str = Field(max_length=300)


class Document(Corps):
    """A document by its number."""

    numero: str = Field(max_length=19)


@api.get("/agents/file")
@require(AGENT, roles=("instructeur", "superviseur", "prefecture"))
def file(query: FileQuery) -> Response:
    """La file de l’agent : le plus urgent d’abord, avec ses raisons."""
    who = current_who()
    rows = queries.queue(sorted(who.prefectures), etats.EN_INSTRUCTION, query.page)
    shown = [
        {
            "demande_id": r["_id"],
            "reference": r["reference"],
            "libelle": r["libelle"],
            "state": r["state"],
            "retenue_date": r.get("retenue_date", ""),
            "document_fin_date": r.get("document_fin_date") or "",
            "rang": r.get("rang", 0),
            "urgences": r.get("urgences", []),
            "incoherences": r.get("incoherences", []),
        }
        for r in rows[: queries.PAGE]
    ]
    return jsonify(demandes=shown, suite=len(rows) > queries.PAGE)


@api.post("/demandes/<demande_id>:complete")
@require(AGENT, roles=ROLES)
def complete(path: DemandePath) -> Response:
    """Dit la demande complète."""
    return jsonify(vues.demande(instruction.declare_complete(path.demande_id, current_who(), request_id=request_id())))


@api.post("/demandes/<demande_id>:demander-pieces")
@require(AGENT, roles=ROLES)
def demander(path: DemandePath, body: DemandePieces) -> Response:
    """Demande des pièces, avec leur délai."""
    found = instruction.ask_pieces(
        path.demande_id, tuple(body.pieces), body.texte, current_who(), request_id=request_id()
    )
    return jsonify(vues.demande(found))


@api.post("/demandes/<demande_id>:decider")
@require(AGENT, roles=ROLES)
def decider(path: DemandePath, body: Decision) -> Response:
    """Décide ; favorable, l’attestation de décision favorable suit tout de suite."""
    sens = Sens(body.favorable, body.motif, body.texte, tuple(body.recours))
    return jsonify(vues.demande(instruction.decide(path.demande_id, sens, current_who(), request_id=request_id())))


@api.post("/demandes/<demande_id>:clore")
@require(AGENT, roles=ROLES)
def clore(path: DemandePath, body: Cloture) -> Response:
    """Ferme sans décision, avec motif, pièces, texte et recours."""
    fermeture = Fermeture(body.motif, body.texte, tuple(body.pieces_manquantes), tuple(body.recours))
    return jsonify(vues.demande(instruction.close(path.demande_id, fermeture, current_who(), request_id=request_id())))


@api.post("/demandes/<demande_id>:rouvrir")
@require(AGENT, roles=ROLES)
def rouvrir(path: DemandePath) -> Response:
    """Rouvre, à la première date."""
    return jsonify(vues.demande(instruction.reopen(path.demande_id, current_who(), request_id=request_id())))


@api.post("/demandes/<demande_id>:titre-pret")
@require(AGENT, roles=(*ROLES, "prefecture"))
def titre_pret(path: DemandePath, body: Lieu) -> Response:
    """Dit que le titre est prêt et invite la personne."""
    return jsonify(
        vues.demande(instruction.announce_title(path.demande_id, body.lieu, current_who(), request_id=request_id()))
    )


@api.post("/demandes/<demande_id>:remettre")
@require(AGENT, roles=(*ROLES, "prefecture"))
def remettre(path: DemandePath) -> Response:
    """Enregistre la remise du titre à la personne dont l’identité a été vérifiée aujourd’hui."""
    return jsonify(vues.demande(guichet.hand_over(path.demande_id, current_who(), request_id=request_id())))


@api.post("/demandes/<demande_id>:reemettre")
@require(AGENT, roles=ROLES)
def reemettre(path: DemandePath, body: Document) -> Response:
    """Refait une attestation dont la mention manque ou est fausse."""
    return jsonify(
        vues.demande(instruction.reissue(path.demande_id, body.numero, current_who(), request_id=request_id()))
    )
