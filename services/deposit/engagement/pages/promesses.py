"""What was promised to me, and the title that I have or not: said by myself on my pages (DEP-62, DEP-63)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from chassis.web import forms
from chassis.web.forms import Answer, Form
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.languages import day_in_words
from chassis.web.who import AIDANT, USAGER
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


@pages.get("/demandes/<demande_id>/remise")
@require(USAGER, AIDANT)
def demander_remise(demande_id: str) -> str:
    """« Oui, je l’ai reçu »: on which day, and what it ends, before anything is noted."""
    return _remise(demande_id, forms.blank())


@pages.post("/demandes/<demande_id>/remise")
@require(USAGER, AIDANT)
def remise(demande_id: str) -> Answer:
    """« Avez-vous reçu votre titre ? »: yes ends it, on the day that she gives; no calls an agent."""

    def act(said: ReponseRemise) -> Answer:
        done = remises.answer(demande_id, said, current_who(), request_id=request_id())
        last = remises.last_day_to_take_back(done)
        if said.recu and last is not None:
            sentence = _("La remise est notée. Une erreur se corrige ici jusqu’au %(jour)s.", jour=day_in_words(last))
        else:
            sentence = _("C’est noté. Un agent voit que vous n’avez pas votre titre. Votre attestation reste valable.")
        flash(sentence, "ok")
        return redirect(url_for("dossier.voir", demande_id=demande_id), 303)

    return forms.submit(ReponseRemise, act, lambda form: _remise(demande_id, form))


@pages.post("/demandes/<demande_id>/remise/annuler")
@require(USAGER, AIDANT)
def annuler_remise(demande_id: str) -> Answer:
    """« Je n’ai pas mon titre »: what was noted is taken back, and the attestation holds again."""
    remises.take_back_mine(demande_id, current_who(), request_id=request_id())
    flash(_("C’est annulé. Votre attestation vaut de nouveau, et un agent voit que vous n’avez pas votre titre."), "ok")
    return redirect(url_for("dossier.voir", demande_id=demande_id), 303)


def _remise(demande_id: str, form: Form[Any]) -> str:
    demande = acces.access_demande(demande_id, current_who(), acces.ACT)
    return render_template("engagement/remise.html", demande=demande, form=form)
