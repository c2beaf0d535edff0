"""Agents make and end their own API tokens; a service that serves other people's programs adds its own route."""

from __future__ import annotations

from datetime import datetime

from flask import Response, current_app, jsonify, request
from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from chassis import agents, mongo
from chassis.web import bearers, limits, refusals
from chassis.web.idempotency import without_key
from chassis.web.identity import require
from chassis.web.inputs import Body
from chassis.web.who import AGENT
from droit.decision import Refused

TAG = Tag(name="jetons", description="Jetons d'accès à l'API")


class ConnexionAgent(Body):
    """What an agent shows to get a token."""

    login: str = Field(max_length=200)
    password: str = Field(max_length=200)
    code: str = Field(max_length=10)
    scopes: list[str] | None = Field(default=None, max_length=20)


class Jeton(Body):
    """A token: shown once."""

    jeton: str
    expire_time: datetime


def blueprint() -> APIBlueprint:
    """`POST /jetons` and `DELETE /jetons`."""
    api = APIBlueprint("jetons", __name__, abp_tags=[TAG])

    @api.post("/jetons", responses={"201": Jeton})
    @without_key
    def make(body: ConnexionAgent) -> tuple[Response, int]:
        """Ouvre un jeton d'agent : identifiant, mot de passe et code à usage unique."""
        limits.count_sign_in(body.login)
        settings = current_app.config["SETTINGS"]
        agent = agents.login(mongo.database(settings.service), settings, body.login, body.password, body.code)
        limits.forget_sign_in(body.login)
        token, expire = bearers.issue_bearer(agent.id, AGENT, scopes=body.scopes)
        return jsonify(jeton=token, expire_time=expire.isoformat()), 201

    @api.delete("/jetons", responses={"204": None})
    @without_key
    @require()
    def end() -> tuple[str, int]:
        """Met fin au jeton qui fait cette demande."""
        if not bearers.revoke(request):
            raise Refused(refusals.NON_AUTHENTIFIE)
        return "", 204

    return api
