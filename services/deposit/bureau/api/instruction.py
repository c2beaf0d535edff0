"""What agents read, and the identity check, by API; their acts are in `actes`."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import AGENT, AIDANT, USAGER
from services.deposit.compte.actions import identites
from services.deposit.demande import api as vues
from services.deposit.demande.api import DemandePath, UsagerPath
from services.deposit.dossier.actions import acces
from services.deposit.instruction.actions import corrections, delais, file_attente, guichet

TAG = Tag(name="bureau", description="Autres actes des agents")
api = APIBlueprint("api_instruction", __name__, abp_tags=[TAG])


class CorrectionPath(BaseModel):
    """A correction of a demande."""

    demande_id: str = Field(max_length=64)
    correction_id: str = Field(max_length=64)


class Contestation(Corps):
    """Why a correction is wrong."""

    texte: str = Field(default="", max_length=2000)


class Reponses(Corps):
    """The answers of the person, by question."""

    reponses: dict[str, str] = Field(max_length=10)
    pour: str = Field(default="", max_length=60)
    papier: str = Field(default="", max_length=20)
    aidant: str = Field(default="", max_length=200)


@api.get("/agents/bureau")
@require(AGENT, roles=("instructeur", "superviseur", "prefecture"))
def bureau() -> Response:
    """La file ordonnée par le jour d’agir, avec les raisons, les comptes et l’écart entre les deux vues."""
    found = file_attente.queue(current_who(), request.args.get("filtre", "tout"), request.args.get("page", 0, type=int))
    kept = ("reference", "libelle", "state", "avant_date", "raisons", "droit_fin_date", "retenue_date", "prefecture")
    rows = [{"demande_id": row["_id"], **{name: row.get(name) for name in kept}} for row in found.lignes]
    return jsonify(demandes=rows, comptes=found.comptes, suite=found.suite, ecart=found.difference)


@api.get("/agents/delais")
@require(AGENT, roles=("instructeur", "superviseur", "prefecture", "bureau_national"))
def mesures() -> Response:
    """Jours du dépôt à l’enregistrement et à la décision, par préfecture et par titre."""
    rows, limit = delais.measure(file_attente.prefectures_of(current_who()))
    rebound = identites.figures(file_attente.prefectures_of(current_who()), delais.PERIODE_JOURS)
    return jsonify(delais=[vars(row) for row in rows], alerte_jours=limit, rattachements=vars(rebound))


@api.get("/demandes/<demande_id>/corrections")
@require()
def lister_corrections(path: DemandePath) -> Response:
    """Les corrections faites par un agent."""
    demande = acces.access_demande(path.demande_id, current_who())
    return jsonify(corrections=corrections.corrections(demande))


@api.post("/demandes/<demande_id>/corrections/<correction_id>:contester")
@require(USAGER, AIDANT)
def contester(path: CorrectionPath, body: Contestation) -> Response:
    """Conteste une correction : la réponse de la personne revient."""
    found = corrections.contest(path.demande_id, path.correction_id, body.texte, current_who(), request_id=request_id())
    return _demande(found)


@api.get("/usagers/<usager_id>/questions")
@require(AGENT)
def questions(path: UsagerPath) -> Response:
    """Les questions du contrôle d’identité, jamais les réponses."""
    asked = guichet.questions_for(path.usager_id, current_who())
    return jsonify(questions=[{"code": code, "question": guichet.QUESTIONS[code]} for code in asked])


@api.post("/usagers/<usager_id>:verifier-identite")
@require(AGENT)
def verifier(path: UsagerPath, body: Reponses) -> Response:
    """Compare les réponses ; un échec est enregistré et refusé."""
    releve = guichet.Releve(body.reponses, body.pour, body.papier, body.aidant)
    made = guichet.verify_identity(path.usager_id, releve, current_who(), request_id=request_id())
    return jsonify(controle_id=made.id, reussi=made.reussi)


def _demande(found: Any) -> Response:
    return jsonify(vues.demande(found))
