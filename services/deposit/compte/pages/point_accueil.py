"""The reception point that tells her what is sent to her: named and taken away by herself (DEP-09)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import USAGER
from services.deposit.blocage.pages.personne import person
from services.deposit.compte import inputs
from services.deposit.compte.actions import points_accueil
from services.deposit.compte.pages.sessions import compte

__all__ = ["compte"]


@compte.get("/compte/point-accueil")
@require(USAGER)
def point_accueil() -> str:
    """The places to choose from, and what naming one does."""
    return _page(forms.blank(lieu_id=person().point_accueil))


@compte.post("/compte/point-accueil")
@require(USAGER)
def choisir_point_accueil() -> Answer:
    """Keeps it; an empty choice takes it away."""

    def act(said: inputs.PointAccueil) -> Answer:
        done = points_accueil.choose(said, current_who(), request_id=request_id())
        name = points_accueil.name_of(done.point_accueil)
        told = _("C’est noté : %(lieu)s vous dira ce qui vous est envoyé.", lieu=name) if name else _("C’est retiré.")
        flash(told, "ok")
        return redirect(url_for("compte.voir"), 303)

    return forms.submit(inputs.PointAccueil, act, _page)


def _page(form: forms.Form[Any]) -> str:
    places = [("", _("Aucun")), *points_accueil.places()]
    return render_template("compte/point_accueil.html", form=form, usager=person(), places=places)
