"""The call screen: the fixed questions first; until they are right nothing of the dossier is on it."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for

from chassis import clock
from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.ccc import inputs
from services.ccc.actions import acces, prefectures
from services.ccc.actions import appels as actions
from services.ccc.rules import etats

pages = Blueprint("appels", __name__, url_prefix="/agents/saisines/<saisine_id>/appel")


@pages.get("")
@require(AGENT)
def ecran(saisine_id: str) -> str:
    return _show(saisine_id, forms.blank())


@pages.post("/verification")
@require(AGENT)
def verifier(saisine_id: str) -> Answer:
    def act(typed: inputs.Questionnaire) -> Answer:
        saisine = actions.check_identity(saisine_id, typed, current_who(), request_id=request_id())
        flash(etats.IDENTITES[saisine.identite], "ok" if saisine.identite == etats.VERIFIEE else "attention")
        return _back(saisine_id)

    return forms.submit(inputs.Questionnaire, act, partial(_show, saisine_id))


@pages.post("/entrant")
@require(AGENT)
def entrant(saisine_id: str) -> Answer:
    return _note(saisine_id, etats.ENTRANT)


@pages.post("/sortant")
@require(AGENT)
def sortant(saisine_id: str) -> Answer:
    return _note(saisine_id, etats.SORTANT)


def _note(saisine_id: str, sens: str) -> Answer:
    def act(typed: inputs.Appel) -> Answer:
        actions.log_call(saisine_id, typed.sens, current_who(), request_id=request_id())
        return _back(saisine_id)

    return forms.submit(inputs.Appel, act, partial(_show, saisine_id), sens=sens)


@pages.post("/<appel_id>/<any(traite, 'sans-reponse'):resultat>")
@require(AGENT)
def terminer(saisine_id: str, appel_id: str, resultat: str) -> Answer:
    def act(typed: inputs.FinAppel) -> Answer:
        actions.end_call(appel_id, typed.resultat, current_who(), request_id=request_id())
        return _back(saisine_id)

    result = etats.SANS_REPONSE if resultat == "sans-reponse" else etats.TRAITE
    return forms.submit(inputs.FinAppel, act, partial(_show, saisine_id), resultat=result)


def _back(saisine_id: str) -> Answer:
    return redirect(url_for("appels.ecran", saisine_id=saisine_id), 303)


def _show(saisine_id: str, form: forms.Form[Any]) -> str:
    saisine = acces.access_saisine(saisine_id, current_who(), acces.ACTES["APPELER"])
    return render_template(
        "ccc/ecran.html",
        saisine=saisine,
        form=form,
        appels=actions.calls_of(saisine_id),
        etats=etats,
        questions=actions.QUESTIONS,
        epuisee=actions.is_exhausted(saisine),
        voies=prefectures.modalites(saisine.prefecture, clock.today()),
    )
