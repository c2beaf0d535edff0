"""What was promised to me: read on my pages, and said kept by myself when it was (DEP-63)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AIDANT, USAGER
from services.deposit.actions import promesses
from services.deposit.pages.personne import Answer

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
