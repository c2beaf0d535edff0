"""Refusals of documents by partners, followed up by the agents of the préfecture (XCT-13)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import Field

from chassis import clock
from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import AGENT
from droit.decision import Genre, Refused
from services.deposit.acte.pages import Answer
from services.deposit.partenaire import actions as partenaires
from services.deposit.partenaire.actions import FOLLOWING, Signalement
from services.deposit.partenaire.pages import partenaires as communs

pages = Blueprint("bureau_refus", __name__, url_prefix="/agents/refus")
ROLES = ("instructeur", "superviseur")


class Suite(Corps):
    """What was done with the organisation."""

    state: str = Field(title="Où en est le refus", min_length=1, max_length=20)
    texte: str = Field(title="Ce qui a été fait", min_length=1, max_length=2000)


class RefusVu(communs.Refus):
    """A refusal told at a desk or by telephone: the number of the document comes first."""

    numero: str = Field(title="Numéro du document", min_length=1, max_length=40)


@pages.get("/")
@require(AGENT, roles=ROLES)
def lister() -> Answer:
    """Refusals to follow, the oldest first, and the form for one that was told by telephone."""
    return _list(forms.blank(numero=request.args.get("numero", "")))


@pages.post("/")
@require(AGENT, roles=ROLES)
def signaler() -> Answer:
    """Records a refusal told to an agent."""
    form = forms.read(RefusVu, request.form)
    if form.value is None:
        return _list(form), 422
    try:
        done = partenaires.report(Signalement(**form.value.model_dump()), current_who(), request_id=request_id())
    except Refused as refused:
        if refused.motif.genre is Genre.INTERDIT:
            raise
        return _list(form.refuse(refused, _)), 422
    flash(_("Le refus est enregistré."), "ok")
    return redirect(url_for("bureau_refus.voir", refus_id=done.id), 303)


@pages.get("/<refus_id>")
@require(AGENT, roles=ROLES)
def voir(refus_id: str) -> Answer:
    """One refusal, with its note and what was done."""
    return _one(refus_id, forms.blank())


@pages.post("/<refus_id>")
@require(AGENT, roles=ROLES)
def suivre(refus_id: str) -> Answer:
    """The next state, told to the person."""
    form = forms.read(Suite, request.form)
    if form.value is None:
        return _one(refus_id, form), 422
    try:
        partenaires.follow(refus_id, form.value.state, form.value.texte, current_who(), request_id=request_id())
    except Refused as refused:
        if refused.motif.genre is Genre.INTERDIT:
            raise
        return _one(refus_id, form.refuse(refused, _)), 422
    flash(_("C’est noté. La personne est prévenue."), "ok")
    return redirect(url_for("bureau_refus.voir", refus_id=refus_id), 303)


def _list(form: forms.Form[Any]) -> str:
    rows = partenaires.table(clock.today())
    names = {row.code: row.nom for row in rows}
    return render_template(
        "partenaire/agents/refus.html",
        refus=partenaires.to_follow(current_who()),
        noms=names,
        form=form,
        partenaires=names.items(),
    )


def _one(refus_id: str, form: forms.Form[Any]) -> str:
    found = partenaires.one(refus_id, current_who())
    return render_template(
        "partenaire/agents/un_refus.html",
        refus=found,
        ligne=partenaires.line(found.partenaire, clock.today()),
        form=form,
        suites=[(state, communs.MOTS[state]) for state in communs.MOTS if state in FOLLOWING[found.state]],
    )
