"""The national page: outages, figures per préfecture, routes past their deadline."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from chassis.web import forms
from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.substitution import inputs
from services.substitution.actions import indicateurs, lecture, pannes, prefectures
from services.substitution.pages import mots

pages = Blueprint("national", __name__)
OPERATORS = ("bureau_national", "exploitant")
COLUMNS = ("mois", "prefecture", *(name for name, _ in indicateurs.DEFINITIONS))


@pages.get("/indicateurs")
@ranked(LIST)
def chiffres() -> Answer:
    """The figures, with their definitions and the data to download; anybody may read them (SUB-22)."""
    rows = indicateurs.figures()
    names = dict(prefectures.departements())
    totals: dict[str, float] = {}
    for row in rows:
        totals[row["prefecture"]] = totals.get(row["prefecture"], 0) + row["demandees"]
    bars = sorted(((names.get(code, code or "?"), total) for code, total in totals.items()), key=lambda bar: -bar[1])
    return render_template(
        "substitution/indicateurs.html", rows=rows, bars=bars[:20], definitions=indicateurs.DEFINITIONS
    )


@pages.get("/indicateurs.csv")
@ranked(LIST)
def donnees() -> Response:
    """The same figures, one line per préfecture and month."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in indicateurs.figures():
        writer.writerow([_figure(row.get(column)) for column in COLUMNS])
    response = make_response(text.getvalue())
    response.mimetype = "text/csv"
    return response


@pages.get("/prefecture/")
def prefecture() -> Answer:
    """The door of the counters' agents."""
    return redirect(url_for("bureau.file"))


@pages.get("/national/")
def national() -> Answer:
    """The door of the national desk."""
    return redirect(url_for("national.retards"))


@pages.get("/retards")
@require(AGENT, roles=OPERATORS)
def retards() -> Answer:
    """The routes past their deadline, in every préfecture."""
    return render_template("substitution/retards.html", rows=lecture.late_everywhere(current_who()), mots=mots)


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


def _figure(value: str | float | None) -> str | float:
    return round(value, 1) if isinstance(value, float) else ("" if value is None else value)
