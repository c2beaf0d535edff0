"""Agents make and end their own API tokens; a service that serves other people's programs adds its own route."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from flask import Response, current_app, jsonify, request
from flask_openapi import APIBlueprint, Tag
from pydantic import Field, model_validator

from chassis import agent_sessions, agents, mongo, tokens
from chassis.web import bearers, guessing, refusals, signon
from chassis.web.idempotency import without_key
from chassis.web.identity import live_claims, require
from chassis.web.inputs import Body
from chassis.web.who import AGENT
from droit.decision import Refused

TAG = Tag(name="jetons", description="Jetons d'accès à l'API")


class ConnexionAgent(Body):
    """What an agent shows to get a token: login, password and code, or the session that another service gave her."""

    login: str = Field(default="", max_length=200)
    password: str = Field(default="", max_length=200)
    code: str = Field(default="", max_length=10)
    session: str = Field(default="", max_length=2000)

    @model_validator(mode="after")
    def _shows_something(self) -> Self:
        if not self.session and not (self.login and self.password and self.code):
            raise ValueError("Donnez identifiant, mot de passe et code, ou la session ouverte ailleurs.")
        return self


class Jeton(Body):
    """A token: shown once. `session` makes tokens at the other services, where the same code serves no more."""

    jeton: str
    expire_time: datetime
    session: str


def blueprint() -> APIBlueprint:
    """`POST /jetons` and `DELETE /jetons`."""
    api = APIBlueprint("jetons", __name__, abp_tags=[TAG])

    @api.post("/jetons", responses={"201": Jeton})
    @without_key
    def make(body: ConnexionAgent) -> tuple[Response, int]:
        """Ouvre un jeton d'agent : identifiant, mot de passe et code à usage unique, ou la session ouverte ailleurs."""
        agent_id, session_id, session = _by_session(body.session) if body.session else _by_code(body)
        token, expire = bearers.issue_bearer(agent_id, AGENT, data={"session": session_id})
        service = current_app.config["SETTINGS"].service
        if agent_sessions.is_ended(service, session_id):
            # Ended while the token was made: what ended it did not find this token.
            agent_sessions.end(service, agent_id, session_id)
            raise Refused(agents.CONNEXION_REFUSEE)
        return jsonify(jeton=token, expire_time=expire.isoformat(), session=session), 201

    @api.delete("/jetons", responses={"204": None})
    @without_key
    @require()
    def end() -> tuple[str, int]:
        """Met fin au jeton qui fait cette demande."""
        if not bearers.revoke(request):
            raise Refused(refusals.NON_AUTHENTIFIE)
        return "", 204

    return api


def _by_code(body: ConnexionAgent) -> tuple[str, str, str]:
    """Agent, name of her session and session, for login, password and code."""
    agent, session_id = signon.sign_in(body.login, body.password, body.code)
    guessing.passed(body.login)
    return agent.id, session_id, tokens.sign_agent(current_app.config["SETTINGS"], agent.id, session_id)


def _by_session(session: str) -> tuple[str, str, str]:
    """The same, for a session that lives, of an agent of this service."""
    settings = current_app.config["SETTINGS"]
    claims = live_claims(session, lambda opened: float(opened["iat"]))
    agent = agents.of_session(mongo.database(settings.service), claims) if claims else None
    if claims is None or agent is None:
        raise Refused(agents.CONNEXION_REFUSEE)
    return agent.id, claims["sid"], session
