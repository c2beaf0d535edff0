"""After a recovery by link, what was written before opens with a proof that is not in the mailbox (DEP-08)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from chassis import clock
from chassis.web import forms, limits
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.who import USAGER
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import person, stuck
from services.deposit.compte import inputs
from services.deposit.compte.actions import presence
from services.deposit.compte.actions import preuve as preuves
from services.deposit.compte.api import proof_wall

preuve = Blueprint("preuve", __name__)


preuve.before_app_request(proof_wall.guard)


@preuve.get("/preuve")
@require(USAGER)
def demander() -> str:
    """A code of the paper, or the ways without it."""
    return _page(forms.blank())


@preuve.post("/preuve")
@without_key
@require(USAGER)
def donner() -> Answer:
    """Opens everything again; tries are counted."""

    def act(typed: inputs.Code) -> Answer:
        usager = person()
        limits.count_sign_in(usager.identifiant)
        preuves.prove(usager.id, typed.code, current_who(), request_id=request_id())
        flash(_("Votre espace est ouvert de nouveau. Ce code a servi : barrez-le."), "ok")
        return redirect(url_for("espace.accueil"), 303)

    return forms.submit(inputs.Code, act, _page)


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
@without_key
@require(USAGER)
def codes() -> Answer:
    """Six codes, shown once, to write down or print; before them, the page that asks for a proof that it is she."""

    def act(said: inputs.Presence) -> Answer:
        if not said.preuve and presence.is_asked(person()):
            return _codes(forms.blank())
        limits.count_sign_in(f"preuve:{current_who().id}")
        return _codes(forms.blank(), presence.give_codes(said, current_who(), request_id=request_id()))

    return forms.submit(inputs.Presence, act, _codes)


def _codes(form: forms.Form[Any], given: Sequence[str] = ()) -> str:
    return render_template("compte/codes.html", form=form, codes=given)


def _page(form: forms.Form[Any]) -> str:
    return render_template("compte/preuve.html", form=form, blocage=None)
