"""What any program asks without token: ways of a préfecture, opening and following a route, checking a paper."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, jsonify, make_response
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web.admission import LIST, ranked
from chassis.web.idempotency import request_id, without_key
from chassis.web.openapi import answers
from pilotage.actions import comptes, donnees
from services.substitution import inputs
from services.substitution.actions import (
    acces,
    blocages,
    conseil,
    indicateurs,
    ouvertures,
    pannes,
    prefectures,
    rencontres,
)
from services.substitution.actions.blocages import Signale
from services.substitution.actions.papiers import PAPIERS
from services.substitution.api import reponses
from services.substitution.api.reponses import Modalite, VoieSuivie

TAG = Tag(name="voies", description="Voies hors du téléservice, sans connexion")
api = APIBlueprint("api_public", __name__, abp_tags=[TAG])


class Prefecture(BaseModel):
    """A département code."""

    code: str = Field(max_length=3)


class Papier(BaseModel):
    """A reference or number of a paper."""

    reference: str = Field(max_length=40)


@api.get("/prefectures/<code>", responses={"200": Modalite})
def prefecture(path: Prefecture) -> Response:
    """Les façons de faire sans ordinateur dans une préfecture, à jour."""
    ways = prefectures.modalites(path.code)
    response = jsonify(
        code=ways.code,
        nom=ways.nom,
        depuis_date=ways.depuis.isoformat() if ways.depuis else "",
        a_revoir=ways.a_revoir,
        moyens=list(ways.moyens),
        lieu=ways.lieu,
        voies=[{"libelle": voie.libelle, "texte": voie.texte} for voie in ways.voies],
        panne=pannes.concerns(path.code) is not None,
    )
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@api.post("/voies", responses={"201": VoieSuivie})
def ouvrir(body: inputs.OuvertureDeVoie) -> tuple[Response, int]:
    """Ouvre une voie, sans condition ; la convocation est donnée aussitôt."""
    voie = ouvertures.open_by_choice(ouvertures.opening(body), request_id=request_id())
    return jsonify(reponses.voie(voie)), 201


@api.post("/blocages", responses={"201": VoieSuivie})
def signaler(body: inputs.Signalement) -> tuple[Response, int]:
    """Constate un blocage et ouvre sa voie, dans la même demande."""
    blocage, voie = blocages.record(Signale(body, objet=body.objet), by="anonyme", request_id=request_id())
    return jsonify(reponses.voie(voie) | {"blocage_reference": blocage.reference}), 201


@api.post("/voies:suivre", responses={"200": VoieSuivie})
@without_key
def suivre(body: inputs.MaVoie) -> Response:
    """Une voie par sa référence et le nom de la personne."""
    return jsonify(reponses.voie(acces.find_own(body.reference, body.nom)))


@api.post("/voies:completer", responses={"200": VoieSuivie})
def completer(body: inputs.Complement) -> Response:
    """Ajoute le nom ou le département qui n'était pas connu à l'ouverture."""
    return jsonify(reponses.voie(ouvertures.complete_own(body, request_id=request_id())))


@api.post("/voies:visite", responses={"200": VoieSuivie})
def demander_visite(body: inputs.MaVoie) -> Response:
    """Demande une visite, pour une personne retenue dans un établissement."""
    return jsonify(reponses.voie(rencontres.ask_visit(body, request_id=request_id())))


@api.post("/voies:rendez-vous", responses={"200": VoieSuivie})
def demander_rendez_vous(body: inputs.MaVoie) -> Response:
    """Demande un rendez-vous, pour une personne retenue dans un établissement."""
    return jsonify(reponses.voie(rencontres.ask_slot(body, request_id=request_id())))


@api.post("/voies:document", responses=answers("application/pdf"))
@without_key
def document(body: inputs.MaVoie) -> Response:
    """La convocation d'une voie, en PDF."""
    voie = acces.find_own(body.reference, body.nom)
    response = make_response(PAPIERS.draw(voie.convocation_numero))
    response.mimetype = "application/pdf"
    return response


@api.post("/conseil")
@without_key
def conseiller(body: inputs.Situation) -> Response:
    """La façon de faire qui convient, avec sa raison."""
    reason, canaux = conseil.advise(body)
    return jsonify(raison=reason, canaux=[asdict(canal) for canal in canaux])


@api.get("/documents/<reference>")
def verifier(path: Papier) -> Response:
    """L'état d'un document de ce service, par sa référence."""
    return jsonify(PAPIERS.check(path.reference).to_dict())


@api.get("/indicateurs")
@ranked(LIST)
def chiffres() -> Response:
    """Les chiffres par préfecture et par mois, avec leurs définitions."""
    return jsonify(donnees.told(indicateurs.TABLEAU, comptes.months(indicateurs.TABLEAU)))
