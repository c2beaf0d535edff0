"""« Quelqu'un me menace »: she protects her account, and says by which of her ways she can be written to safely."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis.web import forms, limits
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.redirects import page_of_ours
from chassis.web.who import USAGER
from services.deposit.blocage.pages.personne import person
from services.deposit.compte import inputs
from services.deposit.compte.actions import identites
from services.deposit.compte.pages.compte import compte

__all__ = ["compte"]
VOIES = {
    "COURRIEL": _l("Mon adresse e-mail : je suis seule à la lire"),
    "SMS": _l("Mon téléphone, par SMS : je suis seule à les lire"),
    "APPEL": _l("Mon téléphone, par un appel : on peut m’appeler sans danger"),
    "LETTRE": _l("Mon adresse postale : je suis seule à ouvrir mes lettres"),
    "ACCUEIL": _l("Le point d’accueil que j’ai choisi : on peut m’y parler sans danger"),
}


@compte.get("/compte/proteger")
@require(USAGER)
def protection() -> str:
    """What protecting does, and the ways to choose from; back to the démarche from where she came."""
    return _page(forms.blank(suite=request.args.get("suite", "")))


@compte.post("/compte/proteger")
@require(USAGER)
def proteger() -> Answer:
    """Protects her account with the ways that she confirms; a desk takes it away, on her paper (DEP-08)."""

    def act(said: inputs.Protection) -> Answer:
        limits.count_sign_in(f"preuve:{current_who().id}")
        identites.protect_herself(said, current_who(), request_id=request_id())
        flash(_("Votre compte est protégé : les messages ne disent plus rien de vos démarches."), "ok")
        return redirect(page_of_ours(said.suite) or url_for("facteur.voir"), 303)

    return forms.submit(inputs.Protection, act, _page)


def _page(form: forms.Form[Any]) -> str:
    usager = person()
    ways = [(code, VOIES[code]) for code in identites.ways_of(usager)]
    return render_template("compte/proteger.html", form=form, usager=usager, voies=ways)
