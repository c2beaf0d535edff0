"""What was promised to me, and the title that I have or not: said by myself on my pages (DEP-62, DEP-63)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AIDANT, USAGER
from services.deposit.blocage.pages.personne import Answer
from services.deposit.engagement.actions import promesses
from services.deposit.instruction.actions import remises

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
    recu = request.form.get("recu") == "oui"
    remises.answer(demande_id, recu, None, current_who(), request_id=request_id())
    if recu:
        flash(_("Merci. La remise de votre titre est notée aujourd’hui."), "ok")
    else:
        flash(_("C’est noté. Un agent voit que vous n’avez pas votre titre. Votre attestation reste valable."), "ok")
    return redirect(url_for("dossier.voir", demande_id=demande_id), 303)
