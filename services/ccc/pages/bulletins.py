"""The bulletins of known faults as the desks read them, and the mailboxes that get them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import AGENT
from droit.decision import Refused
from services.ccc.actions import bulletins, prefectures

pages = Blueprint("bulletins", __name__, url_prefix="/agents/bulletins")
Answer = str | tuple[str, int] | Response | AnyResponse

CIBLES = (
    (bulletins.CENTRE, lazy_gettext("Centre de contact")),
    (bulletins.PREFECTURE, lazy_gettext("Préfecture")),
    (bulletins.PAN, lazy_gettext("Point d’accueil numérique")),
)


class Boite(Corps):
    """A mailbox of a desk."""

    cible: str = Field(title="Bureau", pattern=f"^({'|'.join(bulletins.CIBLES)})$")
    prefecture: str = Field(default="", max_length=3)
    nom: str = Field(title="Nom", default="", max_length=200)
    courriel: str = Field(title="Adresse électronique", min_length=3, max_length=254)


@pages.get("/")
@require(AGENT)
def liste() -> str:
    return _page(forms.blank())


@pages.post("/boites")
@require(AGENT)
def abonner() -> Answer:
    form = forms.read(Boite, request.form)
    if form.value is None:
        return _page(form), 422
    try:
        bulletins.abonner(bulletins.Boite(**form.value.model_dump()), current_who(), request_id=request_id())
    except Refused as refused:
        if refused.motif.genre == "interdit":
            raise
        return _page(form.refuse(refused, gettext)), 422
    flash(gettext("La boîte aux lettres est inscrite : elle reçoit le prochain bulletin."), "ok")
    return redirect(url_for("bulletins.liste"), 303)


@pages.post("/boites/<abonne_id>/<any(arreter, reprendre):acte>")
@require(AGENT)
def changer(abonne_id: str, acte: str) -> Answer:
    bulletins.set_active(abonne_id, acte == "reprendre", current_who(), request_id=request_id())
    flash(gettext("C’est noté."), "ok")
    return redirect(url_for("bulletins.liste"), 303)


def _page(form: forms.Form[Any]) -> str:
    return render_template(
        "ccc/bulletins.html",
        vu=bulletins.parutions(current_who()),
        form=form,
        cibles=CIBLES,
        noms=dict(CIBLES),
        departements=[("", gettext("Aucune")), *prefectures.departements()],
    )
