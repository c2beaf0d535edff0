"""The console of a préfecture: its rules, validated before they are published, from a day that it chooses."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from chassis import clock
from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.substitution import inputs
from services.substitution.actions import blocages, prefectures

pages = Blueprint("reglages", __name__, url_prefix="/reglages")
WRITERS = ("prefecture", "superviseur")


@pages.get("")
@require(AGENT, roles=WRITERS)
def liste() -> Answer:
    """The préfectures of this agent."""
    who = current_who()
    served = [(code, name) for code, name in prefectures.departements() if who.serves(code)]
    return render_template("substitution/reglages.html", departements=served)


@pages.get("/<code>")
@require(AGENT, roles=WRITERS)
def regles(code: str) -> Answer:
    """The rules in force, to be changed from a day on."""
    prefectures.may_write(code, current_who())
    return _show(code, forms.blank())


@pages.post("/<code>")
@require(AGENT, roles=WRITERS)
def ecrire(code: str) -> Answer:
    """Validates and publishes; what is wrong is named key by key, and nothing changes."""

    def act(typed: inputs.Regles) -> Answer:
        prefectures.write(code, typed, current_who(), request_id=request_id())
        flash(gettext("Les règles sont enregistrées. Tous les services les reçoivent."), "ok")
        return redirect(url_for("reglages.regles", code=code), 303)

    return forms.submit(inputs.Regles, act, partial(_show, code))


@pages.post("/<code>/demarches")
@require(AGENT, roles=WRITERS)
def route(code: str) -> Answer:
    """One route outside the téléservice: written and checked today, or taken away."""

    def act(typed: inputs.RouteLocale) -> Answer:
        prefectures.write_route(code, typed, current_who(), request_id=request_id())
        flash(gettext("C'est publié. Tous les services le disent à partir de maintenant."), "ok")
        return redirect(url_for("reglages.regles", code=code), 303)

    return forms.submit(inputs.RouteLocale, act, partial(_show, code))


def _pretty(regles: str) -> str:
    return json.dumps(json.loads(regles), ensure_ascii=False, indent=1) if regles else ""


def _show(code: str, form: forms.Form[Any]) -> str:
    ways = prefectures.modalites(code)
    if not form.text("regles"):
        form = replace(form, typed={**form.typed, "regles": _pretty(ways.regles), "depuis": clock.today().isoformat()})
    return render_template(
        "substitution/regles.html",
        m=ways,
        routes=ways.prefecture.demarches if ways.prefecture else (),
        valables=prefectures.routes(ways),
        objets=blocages.objects(),
        libelles={key.partition(":")[2]: name for key, name in blocages.objects()},
        form=form,
        fautes=form.details.get("fautes", []),
        versions=prefectures.versions(code),
    )
