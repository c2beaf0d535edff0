"""The bulletins of known faults as the desks read them, and the mailboxes that get them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext

from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.ccc import inputs
from services.ccc.actions import bulletins, prefectures

pages = Blueprint("bulletins", __name__, url_prefix="/agents/bulletins")

CIBLES = (
    (bulletins.CENTRE, lazy_gettext("Centre de contact")),
    (bulletins.PREFECTURE, lazy_gettext("Préfecture")),
    (bulletins.PAN, lazy_gettext("Point d’accueil numérique")),
)


@pages.get("/")
@require(AGENT)
def liste() -> str:
    return _page(forms.blank())


@pages.post("/boites")
@require(AGENT)
def abonner() -> Answer:
    def act(typed: inputs.Boite) -> Answer:
        bulletins.subscribe(typed, current_who(), request_id=request_id())
        flash(gettext("La boîte aux lettres est inscrite : elle reçoit le prochain bulletin."), "ok")
        return redirect(url_for("bulletins.liste"), 303)

    return forms.submit(inputs.Boite, act, _page)


@pages.post("/boites/<abonne_id>/<any(arreter, reprendre):acte>")
@require(AGENT)
def changer(abonne_id: str, acte: str) -> Answer:
    def act(typed: inputs.BoiteActive) -> Answer:
        bulletins.set_active(abonne_id, typed.actif, current_who(), request_id=request_id())
        flash(gettext("C’est noté."), "ok")
        return redirect(url_for("bulletins.liste"), 303)

    return forms.submit(inputs.BoiteActive, act, _page, actif=acte == "reprendre")


def _page(form: forms.Form[Any]) -> str:
    return render_template(
        "ccc/bulletins.html",
        vu=bulletins.parutions(current_who()),
        form=form,
        cibles=CIBLES,
        noms=dict(CIBLES),
        departements=[("", gettext("Aucune")), *prefectures.departements()],
    )
