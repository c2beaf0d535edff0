"""Agents sign in at any service with the same page: login, password and one-time code, or an identity provider."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from chassis import directory
from chassis.agents import Agent
from chassis.web import bearers, forms, guessing, sessions
from chassis.web.idempotency import without_key
from chassis.web.identity import current_who, sign_agent_in, sign_agent_out
from chassis.web.inputs import Body
from chassis.web.redirects import page_of_ours
from chassis.web.who import AGENT
from droit.decision import Refused

PageAnswer = str | tuple[str, int] | Response | AnyResponse


class Connexion(Body):
    """What an agent types."""

    login: str = Field(title="Identifiant", min_length=1, max_length=200)
    password: str = Field(title="Mot de passe", min_length=1, max_length=200)
    code: str = Field(title="Code à 6 chiffres", pattern=r"^[0-9 ]{6,8}$")


def blueprint() -> Blueprint:
    """`/<service>/agents/connexion` and `/<service>/agents/deconnexion`."""
    pages = Blueprint("agents", __name__, url_prefix="/agents")
    pages.add_url_rule("/connexion", "connexion", _ask, methods=["GET"])
    pages.add_url_rule("/connexion", "connecter", without_key(_sign_in), methods=["POST"])
    pages.add_url_rule("/deconnexion", "deconnexion", without_key(_sign_out), methods=["POST"])
    return pages


def next_page(suite: str) -> str:
    """Where to go after signing in: a page of ours, whatever the link says."""
    return page_of_ours(suite) or f"/{current_app.config['SETTINGS'].service}/"


def _ask() -> PageAnswer:
    return _form(forms.blank())


def _sign_in() -> PageAnswer:
    form = forms.read(Connexion, request.form)
    if form.value is None:
        return _form(form), 422
    typed = form.value
    try:
        code = typed.code.replace(" ", "")
        agent, session_id = sign_in(typed.login, typed.password, code)
    except Refused as refused:
        status = 429 if refused.motif.genre == "trop" else 401
        return _form(form.refuse(refused, gettext)), status
    response = make_response(redirect(next_page(request.args.get("suite", "")), 303))
    guessing.passed(typed.login, response=response)
    sign_agent_in(agent.id, session_id, response)
    return response


def sign_in(login: str, password: str, code: str) -> tuple[Agent, str]:
    """The agent and the name of her session, once this source may try. Raises Refused.

    The code is a second proof whoever comes: no number of wrong passwords asks for another.
    """
    with guessing.attempt(login):
        return directory.sign_in(current_app.config["SETTINGS"], login, password, code)


def _sign_out() -> PageAnswer:
    who = current_who()
    if who.kind == AGENT:
        bearers.revoke_all(who.id, AGENT)
    response = make_response(redirect(url_for("agents.connexion"), 303))
    sign_agent_out(response)
    sessions.end_session(response)
    return response


def _form(form: forms.Form[Any]) -> str:
    # What was typed comes back, never the password nor the code.
    shown = replace(form, typed={"login": form.typed.get("login", "")})
    oidc = current_app.config["OPTIONS"].oidc
    return render_template("agents/connexion.html", form=shown, oidc=oidc, suite=request.args.get("suite", ""))
