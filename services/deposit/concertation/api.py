"""Experiments and consultations by API: everything published is open; the national desk decides (XCT-15, XCT-16)."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.openapi import gives
from chassis.web.who import AGENT, AIDANT, USAGER
from services.deposit.concertation import inputs
from services.deposit.concertation.actions import concertations, experimentations, rubrique

TAG = Tag(name="concertation", description="Essais de nouvelles fonctions, consultations, résultats publiés")
api = APIBlueprint("api_concertation", __name__, abp_tags=[TAG])


class EssaiPath(BaseModel):
    """An experiment by its identifier."""

    experimentation_id: str = Field(max_length=64)


class ConcertationPath(BaseModel):
    """A consultation by its identifier."""

    concertation_id: str = Field(max_length=64)


class PublicationPath(BaseModel):
    """A published page by its identifier."""

    publication_id: str = Field(max_length=100)


@api.get("/experimentations")
def essais() -> Response:
    """Les fonctions à l’essai, générales ou arrêtées, avec mesures et raisons."""
    return jsonify(experimentations=[experimentations.published(vue) for vue in experimentations.views()])


@api.post("/experimentations", responses=gives("experimentation_id"))
@require(AGENT)
def ouvrir(body: inputs.Essai) -> tuple[Response, int]:
    """Ouvre un essai."""
    made = experimentations.open_one(body, current_who(), request_id=request_id())
    return jsonify(experimentations.published(experimentations.view(made.id))), 201


@api.post("/experimentations/<experimentation_id>:decider")
@require(AGENT)
def decider(path: EssaiPath, body: inputs.Suite) -> Response:
    """Rend un essai général, l’arrête, ou note une revue."""
    experimentations.decide(path.experimentation_id, body, current_who(), request_id=request_id())
    return jsonify(experimentations.published(experimentations.view(path.experimentation_id)))


@api.post("/experimentations/<experimentation_id>:revoir")
@require(AGENT)
def revoir(path: EssaiPath, body: inputs.Revue) -> Response:
    """Note une revue, et le jour de la suivante."""
    found = experimentations.review(path.experimentation_id, body, current_who(), request_id=request_id())
    return jsonify(experimentations.published(experimentations.view(found.id)))


@api.post("/experimentations/<experimentation_id>/avis")
@require(USAGER, AIDANT, AGENT)
def avis(path: EssaiPath, body: inputs.Avis) -> Response:
    """Dit si la fonction est utile ; une fois par personne, sans nom."""
    return jsonify(compte=experimentations.give_opinion(path.experimentation_id, body.utile, current_who()))


@api.get("/concertations")
def lister() -> Response:
    """Les consultations, leurs résultats, ce qui a changé."""
    return jsonify(concertations=[concertations.published(found) for found in concertations.every()])


@api.post("/concertations", responses=gives("concertation_id"))
@require(AGENT)
def annoncer(body: inputs.Concertation) -> tuple[Response, int]:
    """Annonce une consultation."""
    made = concertations.announce(body, current_who(), request_id=request_id())
    return jsonify(concertations.published(made)), 201


@api.post("/concertations/<concertation_id>/reponses")
@require(USAGER, AIDANT, AGENT)
def repondre(path: ConcertationPath, body: inputs.Reponses) -> Response:
    """Répond une fois, sans nom."""
    counted = concertations.answer(path.concertation_id, body, current_who())
    return jsonify(compte=counted)


@api.post("/concertations/panel", responses=gives("structure_id"))
@require(AGENT)
def inscrire(body: inputs.Panel) -> tuple[Response, int]:
    """Inscrit une association au panel : les membres de sa structure répondent pour elle."""
    made = concertations.enrol(body, current_who())
    return jsonify(structure_id=made.id, nom=made.nom), 201


@api.post("/concertations/<concertation_id>/changements")
@require(AGENT)
def lier(path: ConcertationPath, body: inputs.Changement) -> Response:
    """Dit ce qui a changé à la suite d’une consultation."""
    found = concertations.link_change(path.concertation_id, body, current_who(), request_id=request_id())
    return jsonify(concertations.published(found))


@api.post("/publications/<publication_id>:relire")
@require(AGENT)
def relire(path: PublicationPath, body: inputs.Relecture) -> Response:
    """Dit qu’une page publiée est relue aujourd’hui, ou pourquoi elle est retirée."""
    done = rubrique.review(path.publication_id, body, current_who(), request_id=request_id())
    return jsonify(publication_id=done.id, relue_date=done.relue_date.isoformat(), retiree=done.retiree)
