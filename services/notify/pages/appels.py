"""Calls: identity first, then the words, then the result."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext, lazy_gettext
from pydantic import Field

from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import AGENT
from droit.decision import Refused
from services.notify.actions import appels
from services.notify.pages.socle import Answer, desk, done, settings

ISSUES = (
    (appels.JOINT, lazy_gettext("La personne a répondu et j'ai lu le message")),
    (appels.ABSENT, lazy_gettext("Personne n'a répondu : à rappeler un autre jour")),
    (appels.TIERS, lazy_gettext("Quelqu'un d'autre a répondu : rien n'a été dit, à rappeler")),
    (appels.INCONNU, lazy_gettext("L'identité n'a pas pu être vérifiée : rien n'a été dit, à rappeler")),
    (appels.REFUS, lazy_gettext("La personne ne veut pas être appelée")),
)


class Identite(Corps):
    """What the person answers to the two questions."""

    nom: str = Field(min_length=1, max_length=200)
    reponse: str = Field(min_length=1, max_length=100)


class Resultat(Corps):
    """How a call ended."""

    issue: str = Field(pattern=f"^({'|'.join(appels.ISSUES)})$")


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
    form = forms.read(Identite, request.form)
    if form.value is None:
        return _appel(envoi_id, form), 422
    try:
        appels.verify_identity(envoi_id, form.value.nom, form.value.reponse, current_who(), request_id=request_id())
    except Refused as refused:
        return _appel(envoi_id, form.refuse(refused, gettext)), 403
    return done(gettext("Identité vérifiée. Vous pouvez lire le message."), "notify.appel", envoi_id=envoi_id)


@desk.post("/appels/<envoi_id>/resultat")
@require(AGENT)
def resultat(envoi_id: str) -> Answer:
    """Notes how the call ended."""
    form = forms.read(Resultat, request.form)
    if form.value is None:
        return _appel(envoi_id, form), 422
    try:
        appels.record_result(envoi_id, form.value.issue, current_who(), settings(), request_id=request_id())
    except Refused as refused:
        return _appel(envoi_id, form.refuse(refused, gettext)), 403
    return done(gettext("Le résultat de l'appel est noté."), "notify.file_appels")


def _appel(envoi_id: str, form: forms.Form[Any]) -> str:
    fiche = appels.open_call(envoi_id, current_who())
    return render_template("appel.html", fiche=fiche, form=form, issues=ISSUES)
