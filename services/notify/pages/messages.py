"""One message: what it says, where it went, other words, withdrawal, correction, another try."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext
from pydantic import Field

from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import AGENT
from droit.decision import Refused
from services.notify.actions import agents, consultation
from services.notify.pages.socle import Answer, desk, done


class Texte(Corps):
    """Other words for a message."""

    objet: str = Field(min_length=1, max_length=200)
    corps: str = Field(min_length=1, max_length=20_000)
    sms: str = Field(min_length=1, max_length=600)


class Annulation(Corps):
    """Why a message is withdrawn."""

    motif: str = Field(min_length=1, max_length=500)


class Rectification(Corps):
    """What is right."""

    texte: str = Field(min_length=1, max_length=5000)


@desk.get("/messages/<message_id>")
@require(AGENT)
def message(message_id: str) -> Answer:
    """One message: what it says, where it went, and what may still be done."""
    return _message(message_id, forms.blank())


@desk.post("/messages/<message_id>/texte")
@require(AGENT)
def changer(message_id: str) -> Answer:
    """Other words, before it leaves."""
    form = forms.read(Texte, request.form)
    if form.value is None:
        return _message(message_id, form), 422
    words = agents.NouveauTexte(form.value.objet, form.value.corps, form.value.sms)
    try:
        agents.changer_texte(message_id, words, current_who(), request_id=request_id())
    except Refused as refused:
        return _message(message_id, form.refuse(refused, gettext)), 422
    return done(gettext("Le texte est changé. C'est celui-ci qui partira."), "notify.message", message_id=message_id)


@desk.post("/messages/<message_id>/annuler")
@require(AGENT)
def annuler(message_id: str) -> Answer:
    """Withdraws what has not left."""
    form = forms.read(Annulation, request.form)
    if form.value is None:
        return _message(message_id, form), 422
    left = agents.annuler_message(message_id, form.value.motif, current_who(), request_id=request_id())
    said = (
        gettext("Le message est annulé.")
        if left
        else gettext("Trop tard : tout est déjà parti. Envoyez une correction.")
    )
    return done(said, "notify.message", message_id=message_id)


@desk.post("/messages/<message_id>/rectifier")
@require(AGENT)
def rectifier(message_id: str) -> Answer:
    """A second message that corrects the first."""
    form = forms.read(Rectification, request.form)
    if form.value is None:
        return _message(message_id, form), 422
    try:
        made = agents.rectifier(message_id, form.value.texte, current_who(), request_id=request_id())
    except Refused as refused:
        return _message(message_id, form.refuse(refused, gettext)), 422
    return done(gettext("La correction part par la voie de la personne."), "notify.message", message_id=made.id)


@desk.post("/messages/<message_id>/reessayer")
@require(AGENT)
def reessayer(message_id: str) -> Answer:
    """The same message again, once the person's addresses are mended."""
    agents.reessayer(message_id, current_who(), request_id=request_id())
    return done(
        gettext("Le message repart par la première voie de la personne."), "notify.message", message_id=message_id
    )


def _message(message_id: str, form: forms.Form[Any]) -> str:
    vu = consultation.message(message_id, current_who())
    typed = dict(vu.message.textes) | dict(form.typed)
    return render_template("message.html", vu=vu, form=forms.Form(typed=typed, errors=form.errors))
