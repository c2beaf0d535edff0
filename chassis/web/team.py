"""The pages of the agents' directory, the same at each service: whom one manages, and one's own sessions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from chassis import agent_sessions, agents, directory, hours, mongo, tokens
from chassis.passwords import NotGuessed
from chassis.settings import Settings
from chassis.web import forms, guessing, idempotency
from chassis.web.identity import agent_session_id, current_who, require
from chassis.web.inputs import Body, CivilDay
from chassis.web.who import AGENT
from droit.decision import Refused

PageAnswer = str | tuple[str, int] | Response | AnyResponse
MANAGERS = tuple(directory.MANAGED)
# What each role lets an agent do, in the words of the page.
ROLES = {
    "instructeur": lazy_gettext("Instruit les demandes"),
    "prefecture": lazy_gettext("Tient le guichet de la préfecture"),
    "superviseur": lazy_gettext("Supervise les agents de ses départements"),
    "pan_volontaire": lazy_gettext("Aide au numérique dans un point d’accueil, en volontaire"),
    "pan": lazy_gettext("Accueille dans un point d’accueil"),
    "pan_forme": lazy_gettext("Est formé au droit du séjour, dans un point d’accueil"),
    "ccc": lazy_gettext("Répond au centre de contact"),
    "ccc_superviseur": lazy_gettext("Supervise le centre de contact"),
    "bureau_national": lazy_gettext("Travaille au bureau national"),
    "exploitant": lazy_gettext("Exploite le service"),
}


class Rights(Body):
    """What an agent may do, and where."""

    roles: list[str] = Field(title="Fonctions", min_length=1, max_length=len(ROLES))
    prefectures: str = Field(title="Départements", min_length=1, max_length=400, pattern=r"^[0-9AB*, ]+$")
    formation_date: CivilDay | None = Field(default=None, title="Jour de sa formation au droit du séjour")


class NewAgent(Rights):
    """A new agent."""

    login: str = Field(title="Identifiant de connexion", min_length=3, max_length=200, pattern=r"^[\w.@+-]+$")
    nom: str = Field(title="Nom et prénom", min_length=1, max_length=200)


class NewPassword(Body):
    """Her own new password, for the present one and a code."""

    preuve: str = Field(title="Mot de passe d’aujourd’hui", min_length=1, max_length=200)
    code: str = Field(title="Code à 6 chiffres", pattern=r"^[0-9 ]{6,8}$")
    password: NotGuessed = Field(title="Nouveau mot de passe", min_length=8, max_length=200)


class Standing(Body):
    """What is to become of the access of an agent."""

    acte: str = Field(title="Accès", pattern=r"^(retirer|rendre|facteur)$")


def blueprint() -> Blueprint:
    """`/<service>/agents/equipe` and `/<service>/agents/sessions`."""
    pages = Blueprint("team", __name__, url_prefix="/agents")
    managed = require(AGENT, roles=MANAGERS)
    pages.add_url_rule("/equipe", "liste", managed(_list), methods=["GET"])
    pages.add_url_rule("/equipe", "inscrire", managed(idempotency.without_key(_enrol)), methods=["POST"])
    pages.add_url_rule("/equipe/<agent_id>", "fiche", managed(_show), methods=["GET"])
    pages.add_url_rule("/equipe/<agent_id>", "changer", managed(idempotency.without_key(_change)), methods=["POST"])
    pages.add_url_rule("/equipe/<agent_id>/acces", "acces", managed(idempotency.without_key(_access)), methods=["POST"])
    pages.add_url_rule("/sessions", "sessions", require(AGENT)(_sessions), methods=["GET"])
    pages.add_url_rule(
        "/sessions/<session_id>", "finir", require(AGENT)(idempotency.without_key(_end)), methods=["POST"]
    )
    pages.add_url_rule("/mot-de-passe", "mot_de_passe", require(AGENT)(_ask_password), methods=["GET"])
    pages.add_url_rule(
        "/mot-de-passe", "changer_mot_de_passe", require(AGENT)(idempotency.without_key(_choose)), methods=["POST"]
    )
    return pages


def _list() -> PageAnswer:
    return _listed(forms.blank())


def _listed(form: forms.Form[Any]) -> str:
    found = directory.managed_by(_settings(), _who())
    return render_template("agents/equipe.html", agents=found, form=form, roles=_roles(), noms=ROLES)


def _enrol() -> PageAnswer:
    def act(said: NewAgent) -> PageAnswer:
        acces = directory.enrol(
            _settings(),
            said.login,
            said.nom,
            frozenset(said.roles),
            prefectures=_codes(said.prefectures),
            manager=_who(),
            formation=said.formation_date,
            request_id=idempotency.request_id(),
        )
        return render_template("agents/acces.html", acces=acces)

    return forms.submit(NewAgent, act, _listed)


def _show(agent_id: str) -> PageAnswer:
    return _shown(agent_id, None)


def _shown(agent_id: str, form: forms.Form[Any] | None) -> str:
    agent = agents.find(mongo.database(_settings().service), agent_id)
    if agent is None:
        raise Refused(directory.AGENT_ABSENT)
    directory.may_manage(_who(), agent.id, agent.roles, agent.prefectures).or_refuse()
    typed = form or forms.blank(
        roles=sorted(agent.roles),
        prefectures=", ".join(sorted(agent.prefectures)),
        formation_date=agent.formation_date.isoformat() if agent.formation_date else "",
    )
    return render_template("agents/agent.html", agent=agent, form=typed, roles=_roles())


def _change(agent_id: str) -> PageAnswer:
    def act(said: Rights) -> PageAnswer:
        roles, prefectures = frozenset(said.roles), _codes(said.prefectures)
        directory.change(_settings(), agent_id, roles, prefectures, _who(), said.formation_date)
        flash(_("C’est enregistré. Cela vaut dès sa prochaine page, dans les cinq services."), "ok")
        return redirect(url_for("team.fiche", agent_id=agent_id), 303)

    return forms.submit(Rights, act, lambda form: _shown(agent_id, form))


def _access(agent_id: str) -> PageAnswer:
    def act(said: Standing) -> PageAnswer:
        if said.acte == "facteur":
            return render_template("agents/acces.html", acces=directory.renew(_settings(), agent_id, _who()))
        if said.acte == "retirer":
            directory.revoke(_settings(), agent_id, _who())
            flash(
                _("Son accès est retiré ici, et dans les autres services en quelques secondes, deux minutes au plus."),
                "ok",
            )
        else:
            directory.give_back(_settings(), agent_id, _who())
            flash(_("Son accès est rendu. Elle se connecte de nouveau."), "ok")
        return redirect(url_for("team.fiche", agent_id=agent_id), 303)

    return forms.submit(Standing, act, lambda form: _shown(agent_id, form))


def _sessions() -> PageAnswer:
    service, lifetime = _settings().service, tokens.LIFETIMES[tokens.AGENT]
    rows = [
        {
            "id": session["_id"],
            "depuis": hours.moment_in_words(session["opened_time"], hours.PARIS),
            "ici": session["_id"] == agent_session_id(),
        }
        for session in agent_sessions.live(service, current_who().id, lifetime)
    ]
    return render_template("agents/sessions.html", sessions=rows)


def _end(session_id: str) -> PageAnswer:
    who = current_who()
    directory.end_session(_settings().service, who.id, session_id, by=who.subject)
    flash(_("Cette connexion est finie, dans les cinq services."), "ok")
    return redirect(url_for("team.sessions"), 303)


def _ask_password() -> PageAnswer:
    return _password(forms.blank())


def _password(form: forms.Form[Any]) -> str:
    # Nothing of what was typed comes back.
    return render_template("agents/mot_de_passe.html", form=replace(form, typed={}))


def _choose() -> PageAnswer:
    def act(said: NewPassword) -> PageAnswer:
        who, settings = current_who(), _settings()
        with guessing.attempt(f"mot de passe {who.id}"):
            directory.choose_password(settings, who.id, said.preuve, said.code.replace(" ", ""), said.password)
        guessing.passed(f"mot de passe {who.id}")
        flash(
            _("Votre nouveau mot de passe vaut dans les cinq services. Connectez-vous avec lui et le code suivant."),
            "ok",
        )
        return redirect(url_for("agents.connexion"), 303)

    return forms.submit(NewPassword, act, _password)


def _who() -> directory.Manager:
    who = current_who()
    return directory.Manager(who.subject, who.roles, who.prefectures)


def _roles() -> list[tuple[str, str]]:
    managed = frozenset().union(*(directory.MANAGED.get(role, frozenset()) for role in current_who().roles))
    return [(role, str(words)) for role, words in ROLES.items() if role in managed]


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.replace(",", " ").split())


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
