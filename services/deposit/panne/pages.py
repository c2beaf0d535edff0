"""The outages of the téléservice, for its operators: declared here, with the other channels up or down."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.dossier.actions.prefectures import departements
from services.deposit.panne import inputs
from services.deposit.panne.actions import pannes

pages = Blueprint("bureau_pannes", __name__, url_prefix="/agents/pannes")


@pages.get("/")
@require(AGENT, roles=pannes.OPERATEURS)
def lister() -> Answer:
    """The last outages, and the form that declares one."""
    return _show(forms.blank())


@pages.post("/")
@require(AGENT, roles=pannes.OPERATEURS)
def declarer() -> Answer:
    """Dates protected, delays stopped, routes open to all: from today."""

    def act(typed: inputs.Declaration) -> Answer:
        pannes.declare(typed.prefectures, current_who(), request_id=request_id())
        flash(_("La panne est déclarée. Les personnes concernées sont prévenues."), "ok")
        return redirect(url_for("bureau_pannes.lister"), 303)

    return forms.submit(inputs.Declaration, act, _show)


@pages.post("/<panne_id>/fin")
@require(AGENT, roles=pannes.OPERATEURS)
def terminer(panne_id: str) -> Answer:
    """The delays run again, with the days stopped added."""
    pannes.end(panne_id, current_who(), request_id=request_id())
    flash(_("La panne est finie. Chacun reçoit sa nouvelle date."), "ok")
    return redirect(url_for("bureau_pannes.lister"), 303)


def _show(form: forms.Form[Any]) -> str:
    return render_template(
        "panne/pannes.html", form=form, pannes=pannes.listed(current_who()), departements=departements()
    )
