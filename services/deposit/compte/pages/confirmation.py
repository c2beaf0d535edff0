"""« Confirmer mon adresse »: the code that was sent to the e-mail or the mobile number that she gave."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from chassis.web import forms, limits
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AIDANT, USAGER
from services.deposit.blocage.pages.personne import person, person_id
from services.deposit.compte import inputs
from services.deposit.compte.actions import confirmation, identites
from services.deposit.compte.pages.numero import compte
from services.deposit.dossier.actions import protection

__all__ = ["compte"]


@compte.get("/compte/confirmer")
@require(USAGER, AIDANT)
def a_confirmer() -> str:
    """What waits for a code, each with its own form."""
    return _page(forms.blank())


@compte.post("/compte/confirmer")
@require(USAGER, AIDANT)
def confirmer() -> Answer:
    """Takes the code; tries are counted."""

    def act(said: inputs.Confirmation) -> Answer:
        limits.count_attempts("confirmation", [person_id()])
        confirmation.confirm(person_id(), said, current_who(), request_id=request_id())
        holder = person()
        if holder.protege and said.voie not in identites.confirmed(holder):
            words = _("C’est confirmé. Votre compte est protégé : dites si l’on peut vous écrire là sans danger.")
            flash(words, "attention")
            return redirect(url_for("compte.protection" if current_who().kind == USAGER else "compte.voir"), 303)
        flash(_("C’est confirmé : vos messages arrivent là à partir de maintenant."), "ok")
        return redirect(url_for("compte.voir"), 303)

    return forms.submit(inputs.Confirmation, act, _page)


@compte.post("/compte/confirmer/renvoyer")
@require(USAGER, AIDANT)
def renvoyer_code() -> Answer:
    """Another code there."""

    def act(said: inputs.VoieAConfirmer) -> Answer:
        limits.count_attempts("confirmation", [f"renvoi {person_id()}"])
        confirmation.send_again(person_id(), said, current_who(), request_id=request_id())
        flash(_("Un autre code part maintenant. Le code d’avant ne sert plus."), "ok")
        return redirect(url_for("compte.a_confirmer"), 303)

    return forms.submit(inputs.VoieAConfirmer, act, _page)


def _page(form: forms.Form[Any]) -> str:
    shown = protection.person_as_shown(person(), current_who())
    return render_template("compte/confirmer.html", form=form, usager=shown)
