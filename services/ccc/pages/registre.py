"""The known-bug register, the cards and the figures, on the desk."""

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
from services.ccc.actions import anomalies, fiches
from services.ccc.rules import etats

pages = Blueprint("registre", __name__, url_prefix="/agents")
Answer = str | tuple[str, int] | Response | AnyResponse


class Description(Corps):
    """A fault as an agent signals it."""

    titre: str = Field(title="Nom court", min_length=3, max_length=200)
    description: str = Field(title="Ce qui se passe", min_length=3, max_length=4000)
    symptome: int = Field(title="Ce que la personne rencontre", ge=1, le=13)
    depuis: JourCivil = Field(title="Depuis quand")
    mots: str = Field(default="", max_length=500)


class Evolution(Corps):
    """What changes of a fault."""

    state: str = Field(title="État", pattern="^(OUVERTE|CONTOURNEE|RESOLUE)$")
    contournement: str = Field(default="", max_length=2000)
    plan: str = Field(default="", max_length=2000)
    soutien: str = Field(default="", max_length=1000)
    visite: str = Field(default="", max_length=300)
    solution: str = Field(default="", max_length=2000)


class Redaction(Corps):
    """A card."""

    titre: str = Field(title="Titre", min_length=3, max_length=200)
    texte: str = Field(title="Réponse", min_length=3, max_length=8000)
    source: str = Field(title="Source", min_length=3, max_length=300)
    limites: str = Field(default="", max_length=2000)
    mots: str = Field(default="", max_length=500)


@pages.get("/registre")
@require(AGENT)
def registre() -> str:
    return _list(forms.blank())


@pages.post("/registre")
@require(AGENT)
def signaler() -> Answer:
    form = forms.read(Description, request.form)
    if form.value is None:
        return _list(form), 422
    asked = anomalies.Description(**form.value.model_dump())
    anomalie = anomalies.signaler(asked, current_who(), request_id=request_id())
    flash(gettext("L’anomalie est inscrite au registre."), "ok")
    return redirect(url_for("registre.anomalie", code=anomalie.code), 303)


@pages.get("/registre/<code>")
@require(AGENT)
def anomalie(code: str) -> str:
    return _one(code, forms.blank())


@pages.post("/registre/<code>")
@require(AGENT)
def modifier(code: str) -> Answer:
    form = forms.read(Evolution, request.form)
    if form.value is None:
        return _one(code, form), 422
    asked = anomalies.Evolution(**form.value.model_dump())
    try:
        anomalies.modifier(code, asked, current_who(), request_id=request_id())
    except Refused as refused:
        if refused.motif.genre == "interdit":
            raise
        return _one(code, form.refuse(refused, gettext)), 422
    flash(gettext("Le registre est à jour. Si l’anomalie est résolue, les personnes touchées sont prévenues."), "ok")
    return redirect(url_for("registre.anomalie", code=code), 303)


@pages.get("/fiches")
@require(AGENT)
def mes_fiches() -> str:
    return _cards(forms.blank())


@pages.post("/fiches")
@require(AGENT)
def ecrire() -> Answer:
    form = forms.read(Redaction, request.form)
    if form.value is None:
        return _cards(form), 422
    written = fiches.ecrire(fiches.Redaction(**form.value.model_dump()), current_who(), request_id=request_id())
    return redirect(url_for("public.fiche", fiche_id=written.id), 303)


def _list(form: forms.Form[Any]) -> str:
    return render_template(
        "ccc/registre.html", lignes=anomalies.register(current_who()), form=form, etats=etats, symptomes=_symptomes()
    )


def _one(code: str, form: forms.Form[Any]) -> str:
    found = anomalies.detail(code, current_who())
    shown = form if form.typed else forms.blank(state=found["state"])
    return render_template("ccc/anomalie.html", a=found, form=shown, etats=etats)


def _cards(form: forms.Form[Any]) -> str:
    return render_template("ccc/mes_fiches.html", fiches=fiches.stale_first(current_who()), form=form)


def _symptomes() -> list[tuple[int, str]]:
    return list(etats.SYMPTOMES.items())
