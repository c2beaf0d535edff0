"""« Mon numéro étranger »: given after the account was opened, it opens what was closed for want of it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from chassis.web import forms, limits
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.redirects import page_of_ours
from chassis.web.who import AIDANT, USAGER
from services.deposit.blocage.pages.personne import person, person_id
from services.deposit.compte import inputs
from services.deposit.compte.actions import identites
from services.deposit.compte.pages.protection import compte

__all__ = ["compte"]


@compte.get("/compte/numero")
@require(USAGER, AIDANT)
def numero() -> str:
    """The one field; back to the démarche from where she came."""
    return _page(forms.blank(numero_etranger=person().numero_etranger or "", suite=request.args.get("suite", "")))


@compte.post("/compte/numero")
@require(USAGER, AIDANT)
def donner_numero() -> Answer:
    """Joins the number to her account, with all that is in it."""

    def act(said: inputs.Numero) -> Answer:
        limits.count_sign_in(f"numero:{current_who().id}")
        identites.give_number(person_id(), said, current_who(), request_id=request_id())
        flash(_("Votre numéro étranger est dans votre compte. Rien n’est à refaire."), "ok")
        return redirect(page_of_ours(said.suite) or url_for("compte.voir"), 303)

    return forms.submit(inputs.Numero, act, _page)


def _page(form: forms.Form[Any]) -> str:
    return render_template("compte/numero.html", form=form)
