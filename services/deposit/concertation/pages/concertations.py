"""Consultations: the questions, one answer a person, the results with their plots, and what changed (XCT-16)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis import clock
from chassis.web import forms
from chassis.web.files import disposition
from chassis.web.idempotency import without_key
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT, AIDANT, USAGER
from services.deposit.concertation import inputs
from services.deposit.concertation.actions import concertations
from services.deposit.concertation.actions.concertations import PUBLIC_MIN, PUBLICS

if TYPE_CHECKING:
    from services.deposit.concertation.store.concertation import Concertation

public = Blueprint("concertations", __name__, url_prefix="/concertations")

NOMS = {
    "usager": _l("Personnes qui demandent un titre"),
    "aidant": _l("Aidants"),
    "agent": _l("Agents"),
    "encadrement": _l("Encadrement"),
    "association": _l("Associations du panel"),
    "tous": _l("Tout le monde"),
}


@public.app_context_processor
def words() -> dict[str, object]:
    """The publics, in words."""
    return {"publics": {code: NOMS[code] for code in PUBLICS}, "noms_publics": NOMS}


@public.get("/")
def lister() -> str:
    """What is asked now, what was said, what changed."""
    return render_template("concertation/concertations/liste.html", toutes=concertations.every(), jour=clock.today())


@public.get("/changements")
def changements() -> str:
    """Every change that a consultation led to, with its day."""
    return render_template("concertation/concertations/changements.html", changements=concertations.changes())


@public.get("/<concertation_id>")
def voir(concertation_id: str) -> str:
    """The questions, or the results once it is closed."""
    return _page(concertations.one(concertation_id), forms.blank())


@public.post("/<concertation_id>")
@without_key
@require(USAGER, AIDANT, AGENT)
def repondre(concertation_id: str) -> forms.Answer:
    """Answers once; what was answered stays without a name."""
    found = concertations.one(concertation_id)

    def act(typed: inputs.Reponses) -> forms.Answer:
        counted = concertations.answer(concertation_id, typed, current_who())
        words = _("Merci. Votre réponse est comptée, sans votre nom.")
        if concertations.stands_for(found, current_who()):
            words = _("Merci. La réponse de votre association est comptée, à son nom.")
        flash(words if counted else _("Vous avez déjà répondu : votre première réponse compte."), "ok")
        return redirect(url_for("concertations.voir", concertation_id=concertation_id), 303)

    return forms.submit(inputs.Reponses, act, lambda form: _page(found, form))


@public.get("/<concertation_id>/resultats.json")
def donnees(concertation_id: str) -> Response:
    """The results, open data."""
    return jsonify(concertations.published(concertations.one(concertation_id)))


@public.get("/<concertation_id>/resultats.csv")
def tableur(concertation_id: str) -> Response:
    """The results, for a spreadsheet."""
    found = concertations.one(concertation_id)
    written = io.StringIO()
    rows = csv.writer(written, delimiter=";")
    rows.writerow(("question", "reponse", "public", "nombre"))
    for question in concertations.results(found):
        for line in question["lignes"]:
            counts = line["nombres"].items()
            rows.writerows((question["libelle"], line["choix"], group, number) for group, number in counts)
    headers = {"Content-Disposition": disposition("resultats.csv")}
    # The mark makes spreadsheets read the accents.
    return Response("\ufeff" + written.getvalue(), mimetype="text/csv", headers=headers)


def _page(found: Concertation, form: forms.Form[Any]) -> str:
    who = current_who()
    association = concertations.stands_for(found, who)
    return render_template(
        "concertation/concertations/voir.html",
        c=found,
        form=form,
        peut_repondre=concertations.may_answer(found, who, association),
        a_repondu=who.signed_in and concertations.has_answered(found, who, association),
        resultats=[question for question in concertations.results(found) if question["lignes"]],
        ecrits=concertations.count_written(found),
        association=association,
        participants=found.resultats.get("participants", {}),
        minimum=PUBLIC_MIN,
        jour=clock.today(),
    )
