"""Letters: to print, to post, and what became of them."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from flask import render_template, request, send_file
from flask_babel import gettext
from pydantic import Field

from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps, JourCivil
from chassis.web.who import AGENT
from droit.decision import Refused
from services.notify.actions import courriers
from services.notify.pages.socle import Answer, desk, done, settings


class Poste(Corps):
    """When a letter was posted, and its tracking number."""

    poste_date: JourCivil
    suivi: str = Field(default="", max_length=60)


class Fin(Corps):
    """What became of a posted letter."""

    issue: str = Field(pattern=f"^({courriers.DISTRIBUE}|{courriers.REVENU})$")
    preuve: str = Field(min_length=1, max_length=200)


@desk.get("/courriers")
@require(AGENT)
def file_courriers() -> Answer:
    """Letters to print and post."""
    who = current_who()
    return render_template(
        "courriers.html", a_faire=courriers.queue(who), partis=courriers.posted(who), form=forms.blank()
    )


@desk.post("/courriers/<envoi_id>/imprimer")
@require(AGENT)
def imprimer(envoi_id: str) -> Answer:
    """Fixes the letter; the next page gives its print job."""
    courriers.imprimer(envoi_id, current_who(), request_id=request_id())
    return done(gettext("La lettre est prête. Imprimez-la, puis notez son départ."), "notify.file_courriers")


@desk.get("/courriers/<envoi_id>/impression.zip")
@require(AGENT)
def impression(envoi_id: str) -> Answer:
    """The letter and what it attaches, in order."""
    job = courriers.print_job(envoi_id, current_who(), settings())
    return send_file(
        io.BytesIO(job), "application/zip", as_attachment=True, download_name=f"courrier-{envoi_id[:8]}.zip"
    )


@desk.post("/courriers/<envoi_id>/poster")
@require(AGENT)
def poster(envoi_id: str) -> Answer:
    """Notes the day a letter was posted."""
    form = forms.read(Poste, request.form)
    if form.value is None:
        return _courriers(form), 422
    day: date = form.value.poste_date
    try:
        courriers.poster(envoi_id, day, form.value.suivi, current_who(), request_id=request_id())
    except Refused as refused:
        return _courriers(form.refuse(refused, gettext)), 422
    return done(gettext("Le départ est noté."), "notify.file_courriers")


@desk.post("/courriers/<envoi_id>/fin")
@require(AGENT)
def fin(envoi_id: str) -> Answer:
    """Notes what became of a posted letter."""
    form = forms.read(Fin, request.form)
    if form.value is None:
        return _courriers(form), 422
    courriers.finir(envoi_id, form.value.issue, form.value.preuve, current_who(), request_id=request_id())
    return done(gettext("C'est noté, avec sa preuve."), "notify.file_courriers")


def _courriers(form: forms.Form[Any]) -> str:
    who = current_who()
    return render_template("courriers.html", a_faire=courriers.queue(who), partis=courriers.posted(who), form=form)
