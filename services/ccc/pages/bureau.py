"""The desk: the queue in its order, and a ticket taken by telephone."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from chassis.web import forms
from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from droit.decision import Refused
from services.ccc import inputs
from services.ccc.actions import acces, file_attente, prefectures
from services.ccc.actions import courriels as boite
from services.ccc.actions import saisines as actions
from services.ccc.rules import etats

pages = Blueprint("bureau", __name__, url_prefix="/agents")


@pages.get("/")
@ranked(LIST)
@require(AGENT)
def file() -> str:
    who, state = current_who(), request.args.get("etat", etats.OUVERTE)
    niveau = request.args.get("niveau", "")
    page = file_attente.queue(who, state, request.args.get("apres", ""), niveau)
    both = file_attente.sees_both_levels(who)
    return render_template("ccc/file.html", page=page, etat=state, etats=etats.ETATS, niveau=niveau, niveaux=both)


@pages.get("/chercher")
@require(AGENT)
def chercher() -> Answer:
    typed = request.args.get("reference", "")[:20].strip()
    found, blocage = acces.by_reference(typed), None
    if found is None:
        found, blocage = acces.by_blocage(typed)
    if found is not None:
        return redirect(url_for("saisine.fiche", saisine_id=found.id), 303)
    if blocage is not None:
        shown = acces.access_blocage(blocage, current_who())
        return render_template("ccc/blocage.html", blocage=shown, symptomes=etats.SYMPTOMES)
    raise Refused(etats.BLOCAGE_SANS_SAISINE if typed.upper().startswith("B-") else etats.SAISINE_INCONNUE)


@pages.get("/courriels")
@ranked(LIST)
@require(AGENT)
def courriels() -> str:
    """What looks like a machine's."""
    return _aside(forms.blank())


@pages.post("/courriels/<courriel_id>")
@require(AGENT)
def reprendre(courriel_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        boite.take_up(courriel_id, current_who())
        flash(gettext("Il devient une demande dans un instant, avec son accusé de réception."), "ok")
        return redirect(url_for("bureau.courriels"), 303)

    return forms.submit(forms.Nothing, act, _aside)


@pages.get("/chiffres")
@ranked(LIST)
@require(AGENT)
def chiffres() -> str:
    """The public figures, and those of each téléconseiller."""
    who = current_who()
    found, each = file_attente.figures(who), file_attente.by_agent(who)
    return render_template("ccc/chiffres.html", chiffres=found, etats=etats, agents=each)


@pages.get("/appel")
@require(AGENT, roles=("ccc", "ccc_superviseur"))
def appel() -> str:
    return _call(forms.blank(categorie=etats.TELEPROCEDURE, blocage=request.args.get("blocage", "")[:20]))


@pages.post("/appel")
@require(AGENT, roles=("ccc", "ccc_superviseur"))
def ouvrir() -> Answer:
    def act(typed: inputs.NouvelleSaisine) -> Answer:
        asked = actions.opening(typed, etats.TELEPHONE)
        saisine = actions.open_saisine(asked, current_who(), request_id=request_id())
        return redirect(url_for("appels.ecran", saisine_id=saisine.id), 303)

    return forms.submit(inputs.NouvelleSaisine, act, _call)


def _aside(form: forms.Form[Any]) -> str:
    return render_template("ccc/courriels.html", form=form, courriels=boite.set_aside(current_who()))


def _call(form: forms.Form[Any]) -> str:
    return render_template(
        "ccc/appel.html",
        form=form,
        categories=list(etats.CATEGORIES.items()),
        symptomes=list(etats.SYMPTOMES.items()),
        prefectures=prefectures.departements(),
        demarches=prefectures.demarches(),
    )
