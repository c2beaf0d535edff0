"""Experiments and consultations by API: everything published is open; the national desk decides (XCT-15, XCT-16)."""

from __future__ import annotations

from typing import Literal

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps, JourCivil
from chassis.web.openapi import PUBLIC
from chassis.web.who import AGENT, AIDANT, USAGER
from services.deposit.concertation.actions import concertations, experimentations
from services.deposit.concertation.actions.concertations import Annonce, Question
from services.deposit.concertation.actions.experimentations import Critere, Ouverture

TAG = Tag(name="concertation", description="Essais de nouvelles fonctions, consultations, résultats publiés")
api = APIBlueprint("api_concertation", __name__, abp_tags=[TAG])


class EssaiPath(BaseModel):
    """An experiment by its identifier."""

    experimentation_id: str = Field(max_length=64)


class ConcertationPath(BaseModel):
    """A consultation by its identifier."""

    concertation_id: str = Field(max_length=64)


class CritereCorps(Corps):
    """An exit criterion."""

    mesure: Literal["utilite", "messages"]
    seuil: float = Field(ge=0, le=10_000)
    minimum: int = Field(ge=1, le=100_000)


class Essai(Corps):
    """An experiment; `*` among préfectures or titles is every one."""

    fonction: str = Field(max_length=60)
    prefectures: list[str] = Field(min_length=1, max_length=101)
    titres: list[str] = Field(min_length=1, max_length=100)
    responsable: str = Field(max_length=200)
    revue_date: JourCivil
    motif: str = Field(max_length=2000)
    criteres: list[CritereCorps] = Field(default_factory=list, max_length=5)


class Suite(Corps):
    """General or stopped, and why."""

    state: Literal["GENERALISEE", "ARRETEE"]
    motif: str = Field(max_length=2000)


class Revue(Corps):
    """Reviewed, and when next."""

    revue_date: JourCivil
    motif: str = Field(max_length=2000)


class Avis(Corps):
    """Useful or not."""

    utile: bool


class QuestionCorps(Corps):
    """A question, its choices, how many of them one may choose."""

    libelle: str = Field(max_length=300)
    choix: list[str] = Field(min_length=2, max_length=12)
    maximum: int = Field(default=1, ge=1, le=12)


class Concertation(Corps):
    """A consultation to announce."""

    titre: str = Field(min_length=1, max_length=200)
    texte: str = Field(default="", max_length=4000)
    publics: list[str] = Field(min_length=1, max_length=4)
    debut_date: JourCivil
    fin_date: JourCivil
    questions: list[QuestionCorps] = Field(min_length=1, max_length=10)


class Reponses(Corps):
    """For each question in order, the places of the chosen answers, from 0."""

    reponses: list[list[int]] = Field(max_length=10)


class Changement(Corps):
    """What changed because of a consultation."""

    texte: str = Field(max_length=2000)
    experimentation_id: str = Field(default="", max_length=64)


@api.get("/experimentations", openapi_extensions=PUBLIC)
def essais() -> Response:
    """Les fonctions à l’essai, générales ou arrêtées, avec mesures et raisons."""
    return jsonify(experimentations=[experimentations.published(vue) for vue in experimentations.views()])


@api.post("/experimentations")
@require(AGENT)
def ouvrir(body: Essai) -> tuple[Response, int]:
    """Ouvre un essai."""
    asked = Ouverture(
        body.fonction,
        tuple(body.prefectures),
        tuple(body.titres),
        body.responsable,
        body.revue_date,
        body.motif,
        tuple(Critere(c.mesure, c.seuil, c.minimum) for c in body.criteres),
    )
    made = experimentations.open_one(asked, current_who(), request_id=request_id())
    return jsonify(experimentations.published(experimentations.view(made.id))), 201


@api.post("/experimentations/<experimentation_id>:decider")
@require(AGENT)
def decider(path: EssaiPath, body: Suite) -> Response:
    """Rend un essai général, ou l’arrête."""
    experimentations.change(path.experimentation_id, body.state, body.motif, current_who(), request_id=request_id())
    return jsonify(experimentations.published(experimentations.view(path.experimentation_id)))


@api.post("/experimentations/<experimentation_id>:revoir")
@require(AGENT)
def revoir(path: EssaiPath, body: Revue) -> Response:
    """Note une revue, et le jour de la suivante."""
    found = experimentations.review(
        path.experimentation_id, body.revue_date, body.motif, current_who(), request_id=request_id()
    )
    return jsonify(experimentations.published(experimentations.view(found.id)))


@api.post("/experimentations/<experimentation_id>/avis")
@require(USAGER, AIDANT, AGENT)
def avis(path: EssaiPath, body: Avis) -> Response:
    """Dit si la fonction est utile ; une fois par personne, sans nom."""
    return jsonify(compte=experimentations.give_opinion(path.experimentation_id, body.utile, current_who()))


@api.get("/concertations", openapi_extensions=PUBLIC)
def lister() -> Response:
    """Les consultations, leurs résultats, ce qui a changé."""
    return jsonify(concertations=[concertations.published(found) for found in concertations.every()])


@api.post("/concertations")
@require(AGENT)
def annoncer(body: Concertation) -> tuple[Response, int]:
    """Annonce une consultation."""
    questions = tuple(Question(q.libelle, tuple(q.choix), q.maximum) for q in body.questions)
    asked = Annonce(body.titre, body.texte, tuple(body.publics), body.debut_date, body.fin_date, questions)
    made = concertations.announce(asked, current_who(), request_id=request_id())
    return jsonify(concertations.published(made)), 201


@api.post("/concertations/<concertation_id>/reponses")
@require(USAGER, AIDANT, AGENT)
def repondre(path: ConcertationPath, body: Reponses) -> Response:
    """Répond une fois, sans nom."""
    counted = concertations.answer(path.concertation_id, dict(enumerate(body.reponses)), current_who())
    return jsonify(compte=counted)


@api.post("/concertations/<concertation_id>/changements")
@require(AGENT)
def lier(path: ConcertationPath, body: Changement) -> Response:
    """Dit ce qui a changé à la suite d’une consultation."""
    found = concertations.link_change(
        path.concertation_id, body.texte, body.experimentation_id, current_who(), request_id=request_id()
    )
    return jsonify(concertations.published(found))
