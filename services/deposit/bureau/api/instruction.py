"""What agents read, and the identity check, by API; their acts are in `actes`."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.lists import CURSOR_MAX
from chassis.web.admission import LIST, ranked
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT, AIDANT, USAGER
from services.deposit.bureau.inputs import Recherche
from services.deposit.compte.actions import identites
from services.deposit.demande import api as vues
from services.deposit.demande.api import DemandePath, UsagerPath
from services.deposit.dossier.actions import acces, protection
from services.deposit.instruction.actions import canaux, corrections, delais, file_attente, guichet, personnes
from services.deposit.instruction.actions.pouvoirs import DEBLOQUEURS
from services.deposit.instruction.inputs import Contestation, Releve

TAG = Tag(name="bureau", description="Autres actes des agents")
api = APIBlueprint("api_instruction", __name__, abp_tags=[TAG])


class CorrectionPath(BaseModel):
    """A correction of a demande."""

    demande_id: str = Field(max_length=64)
    correction_id: str = Field(max_length=64)


@api.get("/agents/bureau")
@ranked(LIST)
@require(AGENT, roles=("instructeur", "superviseur", "prefecture"))
def bureau() -> Response:
    """La file ordonnée par le jour d’agir, avec les raisons, les comptes et l’écart entre les deux vues."""
    after = request.args.get("apres", "")[:CURSOR_MAX]
    found = file_attente.queue(current_who(), request.args.get("filtre", "tout"), after)
    kept = ("reference", "libelle", "state", "avant_date", "raisons", "droit_fin_date", "retenue_date", "prefecture")
    rows = [{"demande_id": row["_id"], **{name: row.get(name) for name in kept}} for row in found.lignes]
    return jsonify(demandes=rows, comptes=found.comptes, suite=found.suite, ecart=found.difference)


@api.get("/agents/delais")
@ranked(LIST)
@require(AGENT, roles=("instructeur", "superviseur", "prefecture", "bureau_national"))
def mesures() -> Response:
    """Jours du dépôt à l’enregistrement et à la décision, par préfecture et par titre."""
    rows, limites = delais.measure(file_attente.prefectures_of(current_who()))
    rebound = identites.figures(file_attente.prefectures_of(current_who()), delais.PERIODE_JOURS)
    return jsonify(delais=[vars(row) for row in rows], alerte_jours=vars(limites), rattachements=vars(rebound))


@api.get("/demandes/<demande_id>/corrections")
@require()
def lister_corrections(path: DemandePath) -> Response:
    """Les corrections faites par un agent."""
    demande = acces.access_demande(path.demande_id, current_who())
    hidden = protection.hidden_from(demande, current_who())
    return jsonify(corrections=[] if hidden else corrections.corrections(demande))


@api.post("/demandes/<demande_id>/corrections/<correction_id>:contester")
@require(USAGER, AIDANT)
def contester(path: CorrectionPath, body: Contestation) -> Response:
    """Conteste une correction : la réponse de la personne revient."""
    found = corrections.contest(path.demande_id, path.correction_id, body.texte, current_who(), request_id=request_id())
    return jsonify(vues.demande(found))


@api.post("/agents/recherche")
@without_key
@require(AGENT, roles=DEBLOQUEURS)
def chercher(body: Recherche) -> Response:
    """Les personnes trouvées que l’agent peut ouvrir, et combien le sont ailleurs."""
    found, elsewhere = personnes.search(
        canaux.Recherche(body.numero_etranger, body.reference, body.nom, body.naissance), current_who()
    )
    kept = ("nom", "prenoms", "prefecture")
    rows = [{"usager_id": usager.id, **{name: getattr(usager, name) for name in kept}} for usager in found]
    return jsonify(personnes=rows, ailleurs=elsewhere)


@api.get("/usagers/<usager_id>/questions")
@require(AGENT)
def questions(path: UsagerPath) -> Response:
    """Les questions du contrôle d’identité, jamais les réponses."""
    asked = guichet.questions_for(path.usager_id, current_who())
    return jsonify(questions=[{"code": code, "question": guichet.QUESTIONS[code]} for code in asked])


@api.post("/usagers/<usager_id>:verifier-identite")
@require(AGENT)
def verifier(path: UsagerPath, body: Releve) -> Response:
    """Compare les réponses ; un échec est enregistré et refusé."""
    made = guichet.verify_identity(path.usager_id, body, current_who(), request_id=request_id())
    return jsonify(controle_id=made.id, reussi=made.reussi)
