"""One message: what it says, where it went, other words, withdrawal, correction, another try."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from flask import render_template
from flask_babel import gettext

from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.notify import inputs
from services.notify.actions import agents, consultation
from services.notify.pages.socle import confirm, desk


@desk.get("/messages/<message_id>")
@require(AGENT)
def message(message_id: str) -> Answer:
    """One message: what it says, where it went, and what may still be done."""
    return _message(message_id, forms.blank())


@desk.post("/messages/<message_id>/texte")
@require(AGENT)
def changer(message_id: str) -> Answer:
    """Other words, before it leaves."""

    def act(typed: inputs.Texte) -> Answer:
        agents.change_text(message_id, typed, current_who(), request_id=request_id())
        said = gettext("Le texte est changé. C'est celui-ci qui partira.")
        return confirm(said, "notify.message", message_id=message_id)

    return forms.submit(inputs.Texte, act, partial(_message, message_id))


@desk.post("/messages/<message_id>/annuler")
@require(AGENT)
def annuler(message_id: str) -> Answer:
    """Withdraws what has not left."""

    def act(typed: inputs.Annulation) -> Answer:
        withdrawn = agents.withdraw(message_id, typed.motif, current_who(), request_id=request_id())
        late = gettext("Trop tard : tout est déjà parti. Envoyez une correction.")
        return confirm(
            gettext("Le message est annulé.") if withdrawn else late, "notify.message", message_id=message_id
        )

    return forms.submit(inputs.Annulation, act, partial(_message, message_id))


@desk.post("/messages/<message_id>/rectifier")
@require(AGENT)
def rectifier(message_id: str) -> Answer:
    """A second message that corrects the first."""

    def act(typed: inputs.Rectification) -> Answer:
        made = agents.rectify(message_id, typed.texte, current_who(), request_id=request_id())
        return confirm(gettext("La correction part par la voie de la personne."), "notify.message", message_id=made.id)

    return forms.submit(inputs.Rectification, act, partial(_message, message_id))


@desk.post("/messages/<message_id>/reessayer")
@require(AGENT)
def reessayer(message_id: str) -> Answer:
    """The same message again, once the person's addresses are mended."""

    def act(_: forms.Nothing) -> Answer:
        agents.try_again(message_id, current_who(), request_id=request_id())
        said = gettext("Le message repart par la première voie de la personne.")
        return confirm(said, "notify.message", message_id=message_id)

    return forms.submit(forms.Nothing, act, partial(_message, message_id))


def _message(message_id: str, form: forms.Form[Any]) -> str:
    vu = consultation.message(message_id, current_who())
    typed = dict(vu.message.textes) | dict(form.typed)
    return render_template("message.html", vu=vu, form=replace(form, typed=typed))
