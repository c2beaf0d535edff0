"""After a recovery by link, what was written before opens with a proof that is not in the mailbox (DEP-08)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import Field

from chassis import clock
from chassis.web import forms, limits
from chassis.web.idempotency import request_id, sans_cle
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import USAGER
from droit.decision import Refused
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import Answer, person, stuck
from services.deposit.compte.actions import preuve as preuves
from services.deposit.compte.api import proof_wall

preuve = Blueprint("preuve", __name__)


class Code(Corps):
    """A code of the paper."""

    code: str = Field(title="Code", min_length=1, max_length=20)


preuve.before_app_request(proof_wall.guard)


@preuve.get("/preuve")
@require(USAGER)
def demander() -> str:
    """A code of the paper, or the ways without it."""
    return render_template("compte/preuve.html", form=forms.blank(), blocage=None)


@preuve.post("/preuve")
@sans_cle
@require(USAGER)
def donner() -> Answer:
    """Opens everything again; tries are counted."""
    form = forms.read(Code, request.form)
    if form.value is None:
        return render_template("compte/preuve.html", form=form, blocage=None), 422
    usager = person()
    try:
        limits.count_sign_in(usager.identifiant)
        preuves.prove(usager.id, form.value.code, current_who(), request_id=request_id())
    except Refused as refused:
        return render_template("compte/preuve.html", form=form.refuse(refused, _), blocage=None), 422
    flash(_("Votre espace est ouvert de nouveau. Ce code a servi : barrez-le."), "ok")
    return redirect(url_for("espace.accueil"), 303)


@preuve.post("/preuve/blocage")
@require(USAGER)
def sans_code() -> str:
    """« Je n’ai pas mes codes »: recorded, with the ways to have the identity checked."""
    found = stuck("CONNEXION", request_id())
    return render_template(
        "compte/preuve.html",
        form=forms.blank(),
        blocage=found,
        voies=blocage.ways(found.prefecture),
        jour=clock.today(),
    )


@preuve.post("/compte/codes")
@sans_cle
@require(USAGER)
def codes() -> str:
    """Six codes, shown once, to write down or print."""
    given = preuves.give_codes(person().id, current_who(), request_id=request_id())
    return render_template("compte/codes.html", codes=given)
