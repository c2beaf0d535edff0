"""The programme desk: what no préfecture can lift, with its clock, and the answer (DEP-61)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import Field

from chassis import clock
from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import AGENT
from droit.decision import Genre, Refused
from services.deposit.acte.pages import Answer
from services.deposit.engagement.actions import remontees

pages = Blueprint("bureau_remontees", __name__, url_prefix="/agents/remontees")
PROGRAMME = ("bureau_national",)


class Levee(Corps):
    """What the desk did, in words for the person."""

    texte: str = Field(title="Ce qui a été fait", min_length=1, max_length=2000)
    acte: str = Field(title="Acte", min_length=1, max_length=20)


@pages.get("/")
@require(AGENT, roles=PROGRAMME)
def file() -> Answer:
    """The queue of the desk in one state."""
    chosen, page = request.args.get("etat", ""), request.args.get("page", 0, type=int)
    etat = chosen if chosen in remontees.FILTRES else "OUVERTE"
    found = remontees.queue(current_who(), etat, page)
    filters = [
        (_(name), url_for("bureau_remontees.file", etat=code), found.comptes[code], code == etat)
        for code, name in remontees.FILTRES.items()
    ]
    return render_template(
        "engagement/agents/remontees.html",
        file=found,
        filtres=filters,
        objets=remontees.OBJETS,
        today=clock.today(),
        precedente=url_for("bureau_remontees.file", etat=etat, page=page - 1) if page > 0 else "",
        suivante=url_for("bureau_remontees.file", etat=etat, page=page + 1) if found.suite else "",
    )


@pages.get("/<remontee_id>")
@require(AGENT, roles=PROGRAMME)
def voir(remontee_id: str) -> Answer:
    """One case, and the form of its answer."""
    return _page(remontee_id, forms.blank(acte="aucun"))


@pages.post("/<remontee_id>")
@require(AGENT, roles=PROGRAMME)
def lever(remontee_id: str) -> Answer:
    """Lifts it; a refusal comes back to the form."""
    form = forms.read(Levee, request.form)
    if form.value is None:
        return _page(remontee_id, form), 422
    try:
        remontees.lift(remontee_id, form.value.acte, form.value.texte, current_who(), request_id=request_id())
    except Refused as refused:
        if refused.motif.genre in (Genre.INTERDIT, Genre.INTROUVABLE):
            raise
        return _page(remontee_id, form.refuse(refused, _)), 422
    flash(_("C’est réglé. La personne est prévenue."), "ok")
    return redirect(url_for("bureau_remontees.file"), 303)


def _page(remontee_id: str, form: forms.Form[Levee]) -> str:
    return render_template(
        "engagement/agents/remontee.html",
        remontee=remontees.access(remontee_id, current_who()),
        form=form,
        objets=remontees.OBJETS,
        actes=list(remontees.ACTES.items()),
        today=clock.today(),
    )
