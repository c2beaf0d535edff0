"""The programme desk: what no préfecture can lift, with its clock, and the answer (DEP-61)."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from chassis import clock
from chassis.web import forms
from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.engagement import inputs
from services.deposit.engagement.actions import remontees
from services.deposit.instruction.pages import queue

pages = Blueprint("bureau_remontees", __name__, url_prefix="/agents/remontees")
PROGRAMME = ("bureau_national",)


@pages.get("/")
@ranked(LIST)
@require(AGENT, roles=PROGRAMME)
def file() -> Answer:
    """The queue of the desk in one state."""
    read = partial(remontees.queue, current_who())
    shown = queue("bureau_remontees.file", "etat", remontees.FILTRES, read, "OUVERTE")
    today = clock.today()
    return render_template("engagement/agents/remontees.html", **shown, objets=remontees.OBJETS, today=today)


@pages.get("/<remontee_id>")
@require(AGENT, roles=PROGRAMME)
def voir(remontee_id: str) -> Answer:
    """One case, and the form of its answer."""
    return _page(remontee_id, forms.blank(acte="aucun"))


@pages.post("/<remontee_id>")
@require(AGENT, roles=PROGRAMME)
def lever(remontee_id: str) -> Answer:
    """Lifts it; a refusal comes back to the form."""

    def act(typed: inputs.Levee) -> Answer:
        remontees.lift(remontee_id, typed.acte, typed.texte, current_who(), request_id=request_id())
        flash(_("C’est réglé. La personne est prévenue."), "ok")
        return redirect(url_for("bureau_remontees.file"), 303)

    return forms.submit(inputs.Levee, act, partial(_page, remontee_id))


def _page(remontee_id: str, form: forms.Form[Any]) -> str:
    return render_template(
        "engagement/agents/remontee.html",
        remontee=remontees.access(remontee_id, current_who()),
        form=form,
        objets=remontees.OBJETS,
        actes=list(remontees.ACTES.items()),
        today=clock.today(),
    )
