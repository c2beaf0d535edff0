"""The same acts for programs, and the address where the SMS gateway says what became of a message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, current_app, jsonify, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.settings import Settings
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.inputs import Body
from chassis.web.who import AGENT
from services.notify import inputs
from services.notify.actions import accuses, agents, appels, consultation, courriers, rejets

MESSAGES = Tag(name="messages", description="Messages, envois et preuves")
BUREAU = Tag(name="bureau", description="Courriers à imprimer, appels à passer")
EXPLOITATION = Tag(name="exploitation", description="Ce qui n’a pas pu être lu ou dit")
SIGNATURE = "X-Signature"


class ParcoursPath(Body):
    """A parcours."""

    parcours_id: str = Field(max_length=60)


class MessagePath(Body):
    """A message."""

    message_id: str = Field(max_length=60)


class EnvoiPath(Body):
    """A sending."""

    envoi_id: str = Field(max_length=60)


class RejetPath(Body):
    """A fact set aside."""

    event_id: str = Field(max_length=60)


class EnvoiRendu(Body):
    """A sending with its dates and proofs."""

    id: str
    canal: str
    state: str
    cause: str
    vers: str
    dates: dict[str, datetime]
    preuves: list[dict[str, Any]]


class MessageRendu(Body):
    """A message with its sendings. `textes` is what it says: subject, text, SMS."""

    id: str
    parcours_id: str
    modele: str
    state: str
    cause: str
    protege: bool
    textes: dict[str, str]
    envois: list[EnvoiRendu]


class MessagesRendus(Body):
    """A page of messages, most recent first."""

    messages: list[MessageRendu]


class Fait(Body):
    """What was done."""

    fait: bool
    id: str = ""
    state: str = ""


def blueprints() -> list[APIBlueprint]:
    """The routes of `/notify/api/v1`."""
    return [_messages(), _bureau(), _exploitation(), _accuses()]


def _messages() -> APIBlueprint:
    api = APIBlueprint("api_messages", __name__, abp_tags=[MESSAGES])

    @api.get("/parcours/<string:parcours_id>/messages", responses={"200": MessagesRendus})
    @require(AGENT)
    def list_messages(path: ParcoursPath) -> Response:
        """Les messages d'un parcours, avec leurs preuves."""
        found = consultation.messages_of_parcours(path.parcours_id, current_who())
        return _json(MessagesRendus(messages=[_rendu(vu) for vu in found]))

    @api.get("/messages/<string:message_id>", responses={"200": MessageRendu})
    @require(AGENT)
    def get_message(path: MessagePath) -> Response:
        """Un message, avec ses envois."""
        return _json(_rendu(consultation.message(path.message_id, current_who())))

    @api.get("/echecs", responses={"200": MessagesRendus})
    @require(AGENT)
    def list_failures() -> Response:
        """Les messages qui n'ont joint personne, ou qui attendent."""
        return _json(MessagesRendus(messages=[_rendu(vu) for vu in consultation.failures(current_who())]))

    @api.post("/messages/<string:message_id>/texte", responses={"200": Fait})
    @require(AGENT)
    def change_text(path: MessagePath, body: inputs.Texte) -> Response:
        """Change le texte d'un message qui n'est pas parti."""
        changed = agents.change_text(path.message_id, body, current_who(), request_id=request_id())
        return _json(Fait(fait=True, id=changed.id, state=changed.state))

    @api.post("/messages/<string:message_id>/annuler", responses={"200": Fait})
    @require(AGENT)
    def cancel(path: MessagePath, body: inputs.Annulation) -> Response:
        """Retire ce qui n'est pas parti."""
        done = agents.withdraw(path.message_id, body.motif, current_who(), request_id=request_id())
        return _json(Fait(fait=done, id=path.message_id))

    @api.post("/messages/<string:message_id>/rectifier", responses={"200": Fait})
    @require(AGENT)
    def rectify(path: MessagePath, body: inputs.Rectification) -> Response:
        """Envoie un message qui corrige celui-ci."""
        made = agents.rectify(path.message_id, body.texte, current_who(), request_id=request_id())
        return _json(Fait(fait=True, id=made.id, state=made.state))

    @api.post("/messages/<string:message_id>/reessayer", responses={"200": Fait})
    @require(AGENT)
    def try_again(path: MessagePath) -> Response:
        """Envoie de nouveau un message qui n'a joint personne."""
        again = agents.try_again(path.message_id, current_who(), request_id=request_id())
        return _json(Fait(fait=True, id=again.id, state=again.state))

    return api


def _bureau() -> APIBlueprint:
    api = APIBlueprint("api_bureau", __name__, abp_tags=[BUREAU])

    @api.post("/courriers/<string:envoi_id>/imprimer", responses={"200": Fait})
    @require(AGENT)
    def print_letter(path: EnvoiPath) -> Response:
        """Fixe une lettre pour l'imprimer."""
        return _answer_of(courriers.print_letter(path.envoi_id, current_who(), request_id=request_id()))

    @api.post("/courriers/<string:envoi_id>/poster", responses={"200": Fait})
    @require(AGENT)
    def post_letter(path: EnvoiPath, body: inputs.Poste) -> Response:
        """Note le départ d'une lettre."""
        return _answer_of(courriers.post_letter(path.envoi_id, body, current_who(), request_id=request_id()))

    @api.post("/courriers/<string:envoi_id>/fin", responses={"200": Fait})
    @require(AGENT)
    def finish_letter(path: EnvoiPath, body: inputs.FinCourrier) -> Response:
        """Note ce qu'est devenue une lettre, avec sa preuve."""
        return _answer_of(courriers.finish_letter(path.envoi_id, body, current_who(), request_id=request_id()))

    @api.post("/appels/<string:envoi_id>/identite", responses={"200": Fait})
    @require(AGENT)
    def verify(path: EnvoiPath, body: inputs.Identite) -> Response:
        """Vérifie l'identité de la personne appelée."""
        return _answer_of(appels.verify_identity(path.envoi_id, body, current_who(), request_id=request_id()))

    @api.post("/appels/<string:envoi_id>/resultat", responses={"200": Fait})
    @require(AGENT)
    def record(path: EnvoiPath, body: inputs.Resultat) -> Response:
        """Note le résultat d'un appel."""
        who, settings = current_who(), _settings()
        return _answer_of(appels.record_result(path.envoi_id, body.issue, who, settings, request_id=request_id()))

    return api


def _exploitation() -> APIBlueprint:
    api = APIBlueprint("api_rejets", __name__, abp_tags=[EXPLOITATION])

    @api.post("/rejets/<string:event_id>/rejouer", responses={"200": Fait})
    @require(AGENT)
    def replay(path: RejetPath) -> Response:
        """Fait reprendre un fait mis de côté."""
        return _json(Fait(fait=rejets.ask_replay(path.event_id, current_who()), id=path.event_id))

    @api.post("/messages/<string:message_id>/reprendre", responses={"200": Fait})
    @require(AGENT)
    def replan(path: MessagePath) -> Response:
        """Prépare de nouveau un message mis de côté."""
        again = rejets.replan(path.message_id, current_who(), request_id=request_id())
        return _json(Fait(fait=True, id=again.id, state=again.state))

    return api


def _accuses() -> APIBlueprint:
    api = APIBlueprint("api_accuses", __name__, abp_tags=[EXPLOITATION])

    @api.post("/accuses/sms", responses={"200": Fait})
    @without_key
    def sms() -> Response:
        """Dit ce qu'est devenu un SMS. Corps signé (X-Signature: sha256=…) ; les répétitions sont sans effet."""
        body = request.get_data(cache=True)
        accuses.check_signature(body, request.headers.get(SIGNATURE, ""), _settings())
        said = inputs.Accuse.model_validate_json(body)
        return _json(Fait(fait=accuses.receive_sms(said.reference, said.state, said.id)))

    return api


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _answer_of(envoi: consultation.Envoi) -> Response:
    return _json(Fait(fait=True, id=envoi.id, state=envoi.state))


def _rendu(vu: consultation.MessageVu) -> MessageRendu:
    found = vu.message
    return MessageRendu(
        id=found.id,
        parcours_id=found.parcours_id,
        modele=found.modele,
        state=found.state,
        cause=found.cause,
        protege=vu.protege,
        textes=vu.textes,
        envois=[
            EnvoiRendu(
                id=envoi.id,
                canal=envoi.canal,
                state=envoi.state,
                cause=envoi.cause,
                vers=envoi.vers,
                dates=envoi.dates,
                preuves=envoi.preuves,
            )
            for envoi in vu.envois
        ],
    )


def _json(answer: BaseModel) -> Response:
    return jsonify(answer.model_dump(mode="json"))
