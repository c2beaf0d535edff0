"""Letters: to print, to post, and what became of them."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from flask import render_template, request, send_file
from flask_babel import gettext

from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.notify import inputs
from services.notify.actions import courriers
from services.notify.pages.socle import confirm, desk, settings


@desk.get("/courriers")
@require(AGENT)
def file_courriers() -> Answer:
    """Letters to print and post."""
    return _courriers(forms.blank())


@desk.post("/courriers/<envoi_id>/imprimer")
@require(AGENT)
def imprimer(envoi_id: str) -> Answer:
    """Fixes the letter; the next page gives its print job."""

    def act(_: forms.Nothing) -> Answer:
        courriers.print_letter(envoi_id, current_who(), request_id=request_id())
        return confirm(gettext("La lettre est prête. Imprimez-la, puis notez son départ."), "notify.file_courriers")

    return forms.submit(forms.Nothing, act, _courriers)


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

    def act(typed: inputs.Poste) -> Answer:
        courriers.post_letter(envoi_id, typed, current_who(), request_id=request_id())
        return confirm(gettext("Le départ est noté."), "notify.file_courriers")

    return forms.submit(inputs.Poste, act, _courriers)


@desk.post("/courriers/<envoi_id>/fin")
@require(AGENT)
def fin(envoi_id: str) -> Answer:
    """Notes what became of a posted letter."""

    def act(typed: inputs.FinCourrier) -> Answer:
        courriers.finish_letter(envoi_id, typed, current_who(), request_id=request_id())
        return confirm(gettext("C'est noté, avec sa preuve."), "notify.file_courriers")

    return forms.submit(inputs.FinCourrier, act, _courriers)


def _courriers(form: forms.Form[Any]) -> str:
    who = current_who()
    waiting, more = courriers.queue(who, _instant(request.args.get("apres", "")))
    posted = courriers.posted(who)
    subjects = courriers.subjects([*waiting, *posted])
    suite = more.isoformat() if more else ""
    return render_template("courriers.html", a_faire=waiting, partis=posted, objets=subjects, form=form, suite=suite)


def _instant(text: str) -> datetime | None:
    """The instant after which a page begins; what is none begins at the first."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
