"""The promises of a préfecture: those missed first, with their counts (DEP-63)."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.engagement.actions import promesses
from services.deposit.instruction.actions.pouvoirs import DEBLOQUEURS
from services.deposit.instruction.pages import queue

# Who promised, when it was not the préfecture.
CANAUX = {
    "ccc": _l("Centre de contact"),
    "pan": _l("Point d’accueil"),
    "substitution": _l("Guichet de substitution"),
}
pages = Blueprint("bureau_promesses", __name__, url_prefix="/agents/promesses")


@pages.get("/")
@ranked(LIST)
@require(AGENT, roles=DEBLOQUEURS)
def file() -> Answer:
    """The queue of promises in one state."""
    read, filtres = partial(promesses.queue, current_who()), promesses.FILTRES
    shown = queue("bureau_promesses.file", "etat", filtres, read)
    return render_template("bureau/promesses.html", **shown, genres=promesses.GENRES, canaux=CANAUX)


@pages.post("/<promesse_id>/tenue")
@require(AGENT, roles=DEBLOQUEURS)
def tenir(promesse_id: str) -> Answer:
    """Says that a promise is kept."""
    kept = promesses.keep(promesse_id, current_who(), request_id=request_id())
    flash(_("C’est noté : la promesse est tenue."), "ok")
    return redirect(url_for("bureau_personnes.voir", usager_id=kept.usager_id), 303)
