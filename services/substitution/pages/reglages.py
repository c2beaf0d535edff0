"""The console of a préfecture: its rules, validated before they are published, from a day that it chooses."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from chassis import clock
from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from droit.decision import Refused
from services.substitution.actions import prefectures
from services.substitution.api.formulaires import Regler
from services.substitution.pages.public import PageAnswer

pages = Blueprint("reglages", __name__, url_prefix="/reglages")
WRITERS = ("prefecture", "superviseur")


@pages.get("")
@require(AGENT, roles=WRITERS)
def liste() -> PageAnswer:
    """The préfectures of this agent."""
    who = current_who()
    served = [(code, name) for code, name in prefectures.departements() if who.serves(code)]
    return render_template("substitution/reglages.html", departements=served)


@pages.get("/<code>")
@require(AGENT, roles=WRITERS)
def regles(code: str) -> PageAnswer:
    """The rules in force, to be changed from a day on."""
    prefectures.may_write(code, current_who())
    ways = prefectures.modalites(code)
    text = json.dumps(json.loads(ways.regles), ensure_ascii=False, indent=1) if ways.regles else ""
    return _show(code, forms.blank(regles=text, depuis=clock.today().isoformat()), [])


@pages.post("/<code>")
@require(AGENT, roles=WRITERS)
def ecrire(code: str) -> PageAnswer:
    """Validates and publishes; what is wrong is named key by key, and nothing changes."""
    form = forms.read(Regler, request.form)
    if form.value is None:
        return _show(code, form, []), 422
    try:
        prefectures.write(code, form.value.regles, form.value.depuis, current_who(), request_id=request_id())
    except Refused as refused:
        faults = refused.details.get("fautes", [])
        status = 403 if refused.motif.genre == "interdit" else 422
        return _show(code, form.refuse(refused, gettext), faults), status
    flash(gettext("Les règles sont enregistrées. Tous les services les reçoivent."), "ok")
    return redirect(url_for("reglages.regles", code=code), 303)


def _show(code: str, form: Any, faults: Any) -> str:
    ways = prefectures.modalites(code)
    return render_template(
        "substitution/regles.html", m=ways, form=form, fautes=faults, versions=prefectures.versions(code)
    )
