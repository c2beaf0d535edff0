"""The national page: outages, routes past their deadline."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from chassis.web import forms
from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.substitution import inputs
from services.substitution.actions import lecture, pannes, prefectures
from services.substitution.pages import mots

pages = Blueprint("national", __name__)
OPERATORS = ("bureau_national", "exploitant")


@pages.get("/prefecture/")
def prefecture() -> Answer:
    """The door of the counters' agents."""
    return redirect(url_for("bureau.file"))


@pages.get("/national/")
def national() -> Answer:
    """The door of the national desk."""
    return redirect(url_for("national.retards"))


@pages.get("/fraicheur")
@ranked(LIST)
@require(AGENT)
def fraicheur() -> Answer:
    """The report of freshness: whose page ages, for who answers for it (XCT-11)."""
    return render_template("substitution/fraicheur.html", rows=prefectures.freshness(current_who()))


@pages.get("/retards")
@require(AGENT, roles=OPERATORS)
def retards() -> Answer:
    """The routes past their deadline, in every préfecture."""
    rows = lecture.late_everywhere(current_who(), request.args.get("apres", ""))
    return render_template("substitution/retards.html", rows=rows, mots=mots)


@pages.get("/pannes")
@require(AGENT, roles=OPERATORS)
def liste_pannes() -> Answer:
    """The outages, and the form that declares one."""
    return _pannes(forms.blank())


@pages.post("/pannes")
@require(AGENT, roles=OPERATORS)
def declarer() -> Answer:
    """Declares an outage: dates protected, clocks stopped, routes open to all."""

    def act(typed: inputs.NouvellePanne) -> Answer:
        pannes.declare(typed.prefectures, current_who(), request_id=request_id())
        return redirect(url_for("national.liste_pannes"), 303)

    return forms.submit(inputs.NouvellePanne, act, _pannes)


@pages.post("/pannes/<panne_id>/fin")
@require(AGENT, roles=OPERATORS)
def terminer(panne_id: str) -> Answer:
    """The outage is over."""

    def act(_: forms.Nothing) -> Answer:
        pannes.end(panne_id, current_who(), request_id=request_id())
        return redirect(url_for("national.liste_pannes"), 303)

    return forms.submit(forms.Nothing, act, _pannes)


def _pannes(form: forms.Form[Any]) -> str:
    return render_template(
        "substitution/pannes.html", form=form, rows=pannes.recent(), departements=prefectures.departements()
    )
