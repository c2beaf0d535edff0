"""The call screen: the fixed questions first; until they are right nothing of the dossier is on it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps, JourCivil
from chassis.web.who import AGENT
from droit.decision import Refused
from services.ccc.actions import acces
from services.ccc.actions import appels as actions
from services.ccc.rules import etats

pages = Blueprint("appels", __name__, url_prefix="/agents/saisines/<saisine_id>/appel")
Answer = str | tuple[str, int] | Response | AnyResponse


class Questionnaire(Corps):
    """What the person answers, as she says it."""

    repere: str = Field(title="Numéro étranger ou référence d’une demande", min_length=3, max_length=40)
    nom: str = Field(title="Nom", min_length=1, max_length=200)
    prenoms: str = Field(title="Prénoms", min_length=1, max_length=200)
    naissance: JourCivil = Field(title="Date de naissance")
    pour_autrui: bool = False
    aidant: str = Field(title="Identifiant d’aidant", default="", max_length=200)


@pages.get("")
@require(AGENT)
def ecran(saisine_id: str) -> str:
    return _show(saisine_id, forms.blank())


@pages.post("/verification")
@require(AGENT)
def verifier(saisine_id: str) -> Answer:
    form = forms.read(Questionnaire, request.form)
    if form.value is None:
        return _show(saisine_id, form), 422
    asked = actions.Questionnaire(**form.value.model_dump())
    try:
        saisine = actions.verifier(saisine_id, asked, current_who(), request_id=request_id())
    except Refused as refused:
        if refused.motif.code != "SERVICE_INJOIGNABLE":
            raise
        return _show(saisine_id, form.refuse(refused, gettext)), 503
    flash(etats.IDENTITES[saisine.identite], "ok" if saisine.identite == etats.VERIFIEE else "attention")
    return redirect(url_for("appels.ecran", saisine_id=saisine_id), 303)


@pages.post("/entrant")
@require(AGENT)
def entrant(saisine_id: str) -> Answer:
    actions.log_call(saisine_id, etats.ENTRANT, current_who(), request_id=request_id())
    return redirect(url_for("appels.ecran", saisine_id=saisine_id), 303)


@pages.post("/sortant")
@require(AGENT)
def sortant(saisine_id: str) -> Answer:
    actions.log_call(saisine_id, etats.SORTANT, current_who(), request_id=request_id())
    return redirect(url_for("appels.ecran", saisine_id=saisine_id), 303)


@pages.post("/<appel_id>/<resultat>")
@require(AGENT)
def terminer(saisine_id: str, appel_id: str, resultat: str) -> Answer:
    result = etats.SANS_REPONSE if resultat == "sans-reponse" else etats.TRAITE
    actions.end_call(appel_id, result, current_who(), request_id=request_id())
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
    )
