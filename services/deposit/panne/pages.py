"""The outages of the téléservice, for its operators: declared here, with the other channels up or down."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import Field

from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import AGENT
from services.deposit.acte.pages import Answer
from services.deposit.dossier.actions.prefectures import departements
from services.deposit.panne.actions import pannes

pages = Blueprint("bureau_pannes", __name__, url_prefix="/agents/pannes")


class Declaration(Corps):
    """An outage; no préfecture means all."""

    prefectures: list[str] = Field(title="Préfectures concernées", default_factory=list, max_length=110)


@pages.get("/")
@require(AGENT, roles=pannes.OPERATEURS)
def lister() -> Answer:
    """The last outages, and the form that declares one."""
    return _show(forms.blank())


@pages.post("/")
@require(AGENT, roles=pannes.OPERATEURS)
def declarer() -> Answer:
    """Dates protected, delays stopped, routes open to all: from today."""
    form = forms.read(Declaration, request.form)
    if form.value is None:
        return _show(form), 422
    pannes.declare(form.value.prefectures, current_who(), request_id=request_id())
    flash(_("La panne est déclarée. Les personnes concernées sont prévenues."), "ok")
    return redirect(url_for("bureau_pannes.lister"), 303)


@pages.post("/<panne_id>/fin")
@require(AGENT, roles=pannes.OPERATEURS)
def terminer(panne_id: str) -> Answer:
    """The delays run again, with the days stopped added."""
    pannes.end(panne_id, current_who(), request_id=request_id())
    flash(_("La panne est finie. Chacun reçoit sa nouvelle date."), "ok")
    return redirect(url_for("bureau_pannes.lister"), 303)


def _show(form: forms.Form[Declaration]) -> str:
    return render_template(
        "panne/pannes.html", form=form, pannes=pannes.listed(current_who()), departements=departements()
    )
