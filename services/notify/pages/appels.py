"""Calls: identity first, then the words, then the result."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import render_template
from flask_babel import gettext, lazy_gettext

from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.notify import inputs
from services.notify.actions import appels
from services.notify.pages.socle import confirm, desk, settings

ISSUES = (
    (appels.JOINT, lazy_gettext("La personne a répondu et j'ai lu le message")),
    (appels.ABSENT, lazy_gettext("Personne n'a répondu : à rappeler un autre jour")),
    (appels.TIERS, lazy_gettext("Quelqu'un d'autre a répondu : rien n'a été dit, à rappeler")),
    (appels.INCONNU, lazy_gettext("L'identité n'a pas pu être vérifiée : rien n'a été dit, à rappeler")),
    (appels.REFUS, lazy_gettext("La personne ne veut pas être appelée")),
)


@desk.get("/appels")
@require(AGENT)
def file_appels() -> Answer:
    """Calls to make."""
    return render_template("appels.html", a_faire=appels.queue(current_who()))


@desk.get("/appels/<envoi_id>")
@require(AGENT)
def appel(envoi_id: str) -> Answer:
    """One call: identity first, then the words, then the result."""
    return _appel(envoi_id, forms.blank())


@desk.post("/appels/<envoi_id>/identite")
@require(AGENT)
def identite(envoi_id: str) -> Answer:
    """Compares the answers; nothing is shown when they do not fit."""

    def act(typed: inputs.Identite) -> Answer:
        appels.verify_identity(envoi_id, typed, current_who(), request_id=request_id())
        return confirm(gettext("Identité vérifiée. Vous pouvez lire le message."), "notify.appel", envoi_id=envoi_id)

    return forms.submit(inputs.Identite, act, partial(_appel, envoi_id))


@desk.post("/appels/<envoi_id>/resultat")
@require(AGENT)
def resultat(envoi_id: str) -> Answer:
    """Notes how the call ended."""

    def act(typed: inputs.Resultat) -> Answer:
        appels.record_result(envoi_id, typed.issue, current_who(), settings(), request_id=request_id())
        return confirm(gettext("Le résultat de l'appel est noté."), "notify.file_appels")

    return forms.submit(inputs.Resultat, act, partial(_appel, envoi_id))


def _appel(envoi_id: str, form: forms.Form[Any]) -> str:
    fiche = appels.open_call(envoi_id, current_who(), settings())
    return render_template("appel.html", fiche=fiche, form=form, issues=ISSUES)
