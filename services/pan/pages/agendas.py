"""The appointment systems of préfectures: what each shows, what it was not told, and sending that again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from chassis.web import forms
from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.pan.actions import agendas, annonces

pages = Blueprint("systemes", __name__, url_prefix="/bureau/agendas")


@pages.get("")
@ranked(LIST)
@require(AGENT)
def voir() -> str:
    return _page(forms.blank())


def _page(form: forms.Form[Any]) -> str:
    who = current_who()
    return render_template(
        "pan/bureau/agendas.html", form=form, systemes=agendas.states(who), perdues=annonces.dead(who)
    )


@pages.post("/annonces/<rendez_vous_id>")
@require(AGENT)
def renvoyer(rendez_vous_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        annonces.send_again(rendez_vous_id, current_who())
        flash(gettext("C’est envoyé de nouveau : rechargez cette page dans une minute."), "ok")
        return redirect(url_for("systemes.voir"), 303)

    return forms.submit(forms.Nothing, act, _page)
