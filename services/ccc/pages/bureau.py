"""The desk: the queue in its order, and a ticket taken by telephone."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps, JourCivil
from chassis.web.who import AGENT
from droit.decision import Refused
from services.ccc.actions import acces, contacts, file_attente, prefectures
from services.ccc.actions import saisines as actions
from services.ccc.rules import etats

pages = Blueprint("bureau", __name__, url_prefix="/agents")
Answer = str | tuple[str, int] | Response | AnyResponse


class Appel(Corps):
    """A ticket by telephone: what the person says, in her words."""

    categorie: str = Field(title="Sujet", pattern="^(TELEPROCEDURE|INFORMATION|SUIVI|AUTRE)$")
    precis: str = Field(title="Ce que dit la personne", min_length=1, max_length=4000)
    symptome: int = Field(default=0, ge=0, le=13)
    etape: str = Field(default="", max_length=200)
    prefecture: str = Field(default="", max_length=3)
    choix: str = Field(default="", max_length=100)
    nom: str = Field(default="", max_length=200)
    prenoms: str = Field(default="", max_length=200)
    telephone: str = Field(default="", max_length=40)
    courriel: str = Field(default="", max_length=254)
    fin_droit: JourCivil | None = None
    objection: bool = False


@pages.get("/")
@require(AGENT)
def file() -> str:
    who, state = current_who(), request.args.get("etat", etats.OUVERTE)
    page = file_attente.queue(who, state, request.args.get("apres", ""))
    return render_template("ccc/file.html", page=page, etat=state, etats=etats.ETATS)


@pages.get("/chercher")
@require(AGENT)
def chercher() -> Answer:
    found = acces.by_reference(request.args.get("reference", ""))
    if found is None:
        raise Refused(etats.SAISINE_INCONNUE)
    return redirect(url_for("saisine.fiche", saisine_id=found.id), 303)


@pages.get("/appel")
@require(AGENT, roles=("ccc", "ccc_superviseur"))
def appel() -> str:
    return _call(forms.blank(categorie=etats.TELEPROCEDURE))


@pages.post("/appel")
@require(AGENT, roles=("ccc", "ccc_superviseur"))
def ouvrir() -> Answer:
    form = forms.read(Appel, request.form)
    if form.value is None:
        return _call(form), 422
    said = form.value
    try:
        asked = actions.Ouverture(
            canal=etats.TELEPHONE,
            precis=said.precis,
            categorie=said.categorie,
            symptome=said.symptome,
            etape=said.etape,
            prefecture=said.prefecture if prefectures.is_prefecture(said.prefecture) else "",
            choix=said.choix,
            nom=said.nom,
            prenoms=said.prenoms,
            telephone=contacts.read_telephone(said.telephone),
            courriel=contacts.read_courriel(said.courriel),
            fin_droit=said.fin_droit,
            objection=said.objection,
        )
        saisine = actions.ouvrir(asked, current_who(), request_id=request_id())
    except Refused as refused:
        return _call(form.refuse(refused, gettext)), 422
    return redirect(url_for("appels.ecran", saisine_id=saisine.id), 303)


def _call(form: forms.Form[Any]) -> str:
    return render_template(
        "ccc/appel.html",
        form=form,
        categories=list(etats.CATEGORIES.items()),
        symptomes=list(etats.SYMPTOMES.items()),
        prefectures=prefectures.departements(),
        demarches=prefectures.demarches(),
    )
