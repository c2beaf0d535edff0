"""The helper's desk: one calendar and one inbox over all persons followed, and handing over to a colleague (XCT-06)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import Field

from chassis import clock
from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import AIDANT
from droit.decision import Genre, Refused
from services.deposit.aidant.actions import portefeuille
from services.deposit.blocage.pages.personne import Answer, days_to, in_days

pages = Blueprint("suivis", __name__, url_prefix="/aidants")

GENRES = {
    portefeuille.PIECES: _l("Pièces à envoyer"),
    portefeuille.DOCUMENT: _l("Fin d’un document"),
    portefeuille.TITRE: _l("Fin d’un titre ou d’un visa"),
    portefeuille.MANDAT: _l("Fin du mandat"),
}


class Relais(Corps):
    """Who follows this person from now."""

    login: str = Field(title="Collègue", min_length=1, max_length=60)


@pages.get("/echeances")
@require(AIDANT)
def echeances() -> Answer:
    """Every date to come of every person followed, the next one first."""
    who, mine = current_who(), request.args.get("qui") == "moi"
    return render_template(
        "aidant/echeances.html",
        echeances=portefeuille.deadlines(who, mine=mine),
        miennes=mine,
        genres=GENRES,
        collegues=dict(portefeuille.colleagues(who)),
        today=clock.today(),
        days_to=days_to,
        in_days=in_days,
    )


@pages.get("/boite")
@require(AIDANT)
def boite() -> Answer:
    """One inbox: what the préfectures wrote to every person followed."""
    mine = request.args.get("qui") == "moi"
    return render_template("aidant/boite.html", recus=portefeuille.inbox(current_who(), mine=mine), miennes=mine)


@pages.post("/mandats/<mandat_id>/relais")
@require(AIDANT)
def passer(mandat_id: str) -> Answer:
    """Hands a person over to a colleague: the file, the dates and the messages are already there."""
    form = forms.read(Relais, request.form)
    try:
        done = portefeuille.hand_over(
            mandat_id, form.value.login if form.value else "", current_who(), request_id=request_id()
        )
    except Refused as refused:
        if refused.motif.genre is not Genre.INVALIDE:
            raise
        flash(f"{_(refused.motif.phrase)} {_(refused.motif.suite)}", "arret")
        return redirect(url_for("aidants.tableau"), 303)
    flash(_("C’est fait. Votre collègue voit tout le dossier, et la personne le lit dans son journal."), "ok")
    return redirect(url_for("aidants.personne", usager_id=done.usager_id), 303)
