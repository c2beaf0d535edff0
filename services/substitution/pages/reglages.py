"""The console of a préfecture: its rules, validated before they are published, from a day that it chooses."""

from __future__ import annotations

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
from droit.decision import Refused
from services.substitution import inputs
from services.substitution.actions import blocages, prefectures
from services.substitution.pages import mots_reglages

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
        if typed.apercu:
            ways = prefectures.preview(code, typed, current_who())
            return _show(code, forms.blank(regles=ways.regles, depuis=typed.depuis.isoformat()), ways)
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


def _show(code: str, form: forms.Form[Any], apercu: prefectures.Modalites | None = None) -> str:
    ways = prefectures.modalites(code)
    form = _filled(form, ways.regles or prefectures.first_rules(code))
    return render_template(
        "substitution/regles.html",
        m=ways,
        apercu=apercu,
        champs=mots_reglages,
        caches=[name for name in form.typed if _is_hidden(name)],
        routes=ways.prefecture.demarches if ways.prefecture else (),
        valables=prefectures.routes(ways),
        objets=blocages.objects(),
        libelles={key.partition(":")[2]: name for key, name in blocages.objects()},
        form=form,
        # Beside no field of the form: a rule that was never written, or a name that is none of ours.
        fautes=[f for f in form.details.get("fautes", []) if not mots_reglages.label_of(f["champ"])],
        versions=prefectures.versions(code),
    )


def _filled(form: forms.Form[Any], regles: str) -> forms.Form[Any]:
    """What was typed, field by field; else the rules sent as a file, or those in force."""
    typed = dict(form.typed)
    if not any("." in name for name in typed):
        try:
            known = prefectures.fields_of(typed.pop("regles", regles))
        except Refused:
            known = prefectures.fields_of(regles)
        known.pop("depuis", None)
        typed = {"depuis": clock.today().isoformat()} | known | typed
    faults = {fault["champ"]: fault["faute"] for fault in form.details.get("fautes", [])}
    return replace(
        form,
        typed=typed,
        errors=form.errors | faults,
        labels={n: mots_reglages.label_of(n) for n in faults if mots_reglages.label_of(n)},
    )


def _is_hidden(name: str) -> bool:
    """What the console does not ask: who wrote the rules for whom, and the routes that have a form of their own."""
    return name in ("code", "source", "section", "exemple") or name.startswith("demarches.") or name.endswith(".fuseau")
