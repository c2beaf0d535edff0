"""The console of a préfecture: its rules, validated before they are published, from a day that it chooses."""

from __future__ import annotations

import json
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
from services.substitution.actions import prefectures

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
    ways = prefectures.modalites(code)
    text = json.dumps(json.loads(ways.regles), ensure_ascii=False, indent=1) if ways.regles else ""
    return _show(code, forms.blank(regles=text, depuis=clock.today().isoformat()))


@pages.post("/<code>")
@require(AGENT, roles=WRITERS)
def ecrire(code: str) -> Answer:
    """Validates and publishes; what is wrong is named key by key, and nothing changes."""

    def act(typed: inputs.Regles) -> Answer:
        prefectures.write(code, typed, current_who(), request_id=request_id())
        flash(gettext("Les règles sont enregistrées. Tous les services les reçoivent."), "ok")
        return redirect(url_for("reglages.regles", code=code), 303)

    return forms.submit(inputs.Regles, act, partial(_show, code))


def _show(code: str, form: forms.Form[Any]) -> str:
    return render_template(
        "substitution/regles.html",
        m=prefectures.modalites(code),
        form=form,
        fautes=form.details.get("fautes", []),
        versions=prefectures.versions(code),
    )
