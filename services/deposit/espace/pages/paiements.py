"""Paying what a démarche costs: its amount, the gateway where there is one, the timbre fiscal, the proof."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from chassis import clock
from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AIDANT, USAGER
from droit.decision import Refused
from services.deposit.demande import inputs
from services.deposit.demande.actions import paiements
from services.deposit.dossier.actions import acces
from services.deposit.droits.actions import frais

pages = Blueprint("paiements", __name__)


@pages.get("/demandes/<demande_id>/payer/<code>")
@require(USAGER, AIDANT)
def voir(demande_id: str, code: str) -> Answer:
    """What is owed, how to pay it, and the proof once it is paid."""
    return _page(demande_id, code, forms.blank())


@pages.post("/demandes/<demande_id>/payer/<code>")
@require(USAGER, AIDANT)
def payer(demande_id: str, code: str) -> Answer:
    """Goes to the page of the gateway."""
    try:
        page = paiements.start(demande_id, inputs.Taxe(code=code), current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(demande_id, code, refused)
    return redirect(page, 303)


@pages.post("/demandes/<demande_id>/payer/<code>/verifier")
@require(USAGER, AIDANT)
def verifier(demande_id: str, code: str) -> Answer:
    """Asks the gateway whether the payment has arrived."""
    try:
        paiements.check(demande_id, inputs.Taxe(code=code), current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(demande_id, code, refused)
    flash(_("Le paiement est arrivé. Sa preuve est dans votre demande."), "ok")
    return redirect(url_for("dossier.voir", demande_id=demande_id), 303)


@pages.post("/demandes/<demande_id>/payer/<code>/timbre")
@require(USAGER, AIDANT)
def timbre(demande_id: str, code: str) -> Answer:
    """Keeps the number of a timbre fiscal as the proof."""
    form = forms.read(inputs.Timbre, request.form, code=code)
    if form.value is None:
        return _page(demande_id, code, form), 422
    try:
        paiements.stamp(demande_id, form.value, current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(demande_id, code, refused)
    flash(_("Le timbre est noté. La préfecture le voit dans votre demande."), "ok")
    return redirect(url_for("dossier.voir", demande_id=demande_id), 303)


def _refused(demande_id: str, code: str, refused: Refused) -> Answer:
    return _page(demande_id, code, forms.blank().refuse(refused, _)), 409


def _page(demande_id: str, code: str, form: forms.Form[Any]) -> str:
    demande = acces.access_demande(demande_id, current_who())
    return render_template(
        "espace/dossier/payer.html",
        demande=demande,
        frais=paiements.to_pay(demande, code),
        passerelle=paiements.gateway() is not None,
        ouvert=any(one["code"] == code and one["etat"] == frais.OUVERT for one in demande.paiements),
        form=form,
        jour=clock.today(),
    )
