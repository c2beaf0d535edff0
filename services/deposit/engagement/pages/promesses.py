"""What was promised to me, and the title that I have or not: said by myself on my pages (DEP-62, DEP-63)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AIDANT, USAGER
from droit.decision import Refused
from services.deposit.dossier.actions import acces
from services.deposit.engagement.actions import promesses
from services.deposit.instruction.actions import remises
from services.deposit.instruction.inputs import ReponseRemise

pages = Blueprint("promesses", __name__)


@pages.post("/promesses/<promesse_id>/tenue")
@require(USAGER, AIDANT)
def tenue(promesse_id: str) -> Answer:
    """The person says that it was done."""
    kept = promesses.keep(promesse_id, current_who(), request_id=request_id())
    flash(_("Merci. C’est noté : cette promesse a été tenue."), "ok")
    if kept.demande_id:
        return redirect(url_for("dossier.voir", demande_id=kept.demande_id), 303)
    return redirect(url_for("espace.accueil"), 303)


@pages.post("/demandes/<demande_id>/remise")
@require(USAGER, AIDANT)
def remise(demande_id: str) -> Answer:
    """« Avez-vous reçu votre titre ? »: yes ends it, no calls an agent."""
    form = forms.read(ReponseRemise, request.form)
    said = form.value
    if said is None:
        return _ask_again(demande_id, form)
    try:
        remises.answer(demande_id, said, current_who(), request_id=request_id())
    except Refused as refused:
        if refused.champ != "jour":
            raise
        return _ask_again(demande_id, form.refuse(refused, _))
    if said.recu:
        flash(_("Merci. La remise de votre titre est notée."), "ok")
    else:
        flash(_("C’est noté. Un agent voit que vous n’avez pas votre titre. Votre attestation reste valable."), "ok")
    return redirect(url_for("dossier.voir", demande_id=demande_id), 303)


@pages.get("/demandes/<demande_id>/remise")
@require(USAGER, AIDANT)
def dire_remise(demande_id: str) -> str:
    """« Oui, je l’ai reçu »: on which day, and what is printed on the card, which starts the next alerts."""
    return _page(demande_id, forms.blank())


def _ask_again(demande_id: str, form: forms.Form[Any]) -> Answer:
    return _page(demande_id, form), 422


def _page(demande_id: str, form: forms.Form[Any]) -> str:
    demande = acces.access_demande(demande_id, current_who())
    return render_template("engagement/remise.html", demande=demande, form=form)
