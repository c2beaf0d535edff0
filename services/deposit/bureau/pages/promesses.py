"""The promises of a préfecture: those missed first, with their counts (DEP-63)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.engagement.actions import promesses
from services.deposit.instruction.actions.pouvoirs import DEBLOQUEURS

# Who promised, when it was not the préfecture.
CANAUX = {
    "ccc": _l("Centre de contact"),
    "pan": _l("Point d’accueil"),
    "substitution": _l("Guichet de substitution"),
}
pages = Blueprint("bureau_promesses", __name__, url_prefix="/agents/promesses")


@pages.get("/")
@require(AGENT, roles=DEBLOQUEURS)
def file() -> Answer:
    """The queue of promises in one state."""
    chosen, page = request.args.get("etat", ""), request.args.get("page", 0, type=int)
    etat = chosen if chosen in promesses.FILTRES else next(iter(promesses.FILTRES))
    found = promesses.queue(current_who(), etat, page)
    filters = [
        (_(name), url_for("bureau_promesses.file", etat=code), found.comptes[code], code == etat)
        for code, name in promesses.FILTRES.items()
    ]
    return render_template(
        "bureau/promesses.html",
        file=found,
        filtres=filters,
        genres=promesses.GENRES,
        canaux=CANAUX,
        precedente=url_for("bureau_promesses.file", etat=etat, page=page - 1) if page > 0 else "",
        suivante=url_for("bureau_promesses.file", etat=etat, page=page + 1) if found.suite else "",
    )


@pages.post("/<promesse_id>/tenue")
@require(AGENT, roles=DEBLOQUEURS)
def tenir(promesse_id: str) -> Answer:
    """Says that a promise is kept."""
    kept = promesses.keep(promesse_id, current_who(), request_id=request_id())
    flash(_("C’est noté : la promesse est tenue."), "ok")
    return redirect(url_for("bureau_personnes.voir", usager_id=kept.usager_id), 303)
