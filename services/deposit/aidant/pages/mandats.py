"""What a person decides and reads about others: her helpers, who opened her dossier, the corrections she contests."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import Field

from chassis import clock
from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps, JourCivil
from chassis.web.who import AIDANT, USAGER
from droit.decision import Refused
from services.deposit.aidant.actions import aidants, mandats
from services.deposit.dossier.actions import acces, prefectures
from services.deposit.instruction.actions import corrections, personnes
from services.deposit.parcours import actions as parcours

Answer = Any
pages = Blueprint("mandats", __name__, url_prefix="/mes-aidants")


class Mandat(Corps):
    """A mandate: to whom, for what, until when."""

    structure_id: str = Field(title="Structure", min_length=1, max_length=64)
    portee: list[str] = Field(title="Ce que vous permettez", min_length=1, max_length=4)
    fin_date: JourCivil = Field(title="Dernier jour")


class Contestation(Corps):
    """Why a correction is wrong."""

    texte: str = Field(title="Pourquoi", default="", max_length=2000)


@pages.get("/")
@require(USAGER)
def lister() -> Answer:
    """Who may help me, and the form to say so."""
    return _page(forms.blank())


@pages.post("/")
@require(USAGER)
def donner() -> Answer:
    """Gives a mandate."""
    who = current_who()
    form = forms.read(Mandat, request.form)
    if form.value is None:
        return _page(form), 422
    typed = form.value
    try:
        mandats.give(who.id, typed.structure_id, typed.portee, typed.fin_date, who, request_id=request_id())
    except Refused as refused:
        return _page(form.refuse(refused, _)), 422
    flash(_("C’est fait. Vous pouvez arrêter ce mandat quand vous voulez."), "ok")
    return redirect(url_for("mandats.lister"), 303)


@pages.post("/<mandat_id>/fin")
@require(USAGER)
def finir(mandat_id: str) -> Answer:
    """Revokes a mandate at once."""
    mandats.revoke(mandat_id, current_who(), request_id=request_id())
    flash(_("C’est fini : cette structure ne voit plus rien de vous."), "ok")
    return redirect(url_for("mandats.lister"), 303)


@pages.get("/journal")
@require(USAGER)
def journal() -> Answer:
    """Who opened my dossier, and what was done by others than me (XCT-07)."""
    who = current_who()
    return render_template(
        "aidant/journal.html",
        consultations=personnes.consultations(who.id, who),
        actes=parcours.acts_on(who.id, who),
        fuseau=prefectures.fuseau_of(who.id),
    )


@pages.get("/demandes/<demande_id>/corrections")
@require(USAGER, AIDANT)
def corrigees(demande_id: str) -> Answer:
    """The corrections that an agent made, each with the button to contest it (DEP-34)."""
    demande = acces.access_demande(demande_id, current_who())
    return render_template("aidant/corrections.html", demande=demande, corrections=corrections.corrections(demande))


@pages.post("/demandes/<demande_id>/corrections/<correction_id>")
@require(USAGER, AIDANT)
def contester(demande_id: str, correction_id: str) -> Answer:
    """The person's own answer comes back."""
    form = forms.read(Contestation, request.form)
    texte = form.value.texte if form.value else ""
    corrections.contest(demande_id, correction_id, texte, current_who(), request_id=request_id())
    flash(_("Votre réponse est revenue. L’agent lit que vous contestez."), "ok")
    return redirect(url_for("mandats.corrigees", demande_id=demande_id), 303)


def _page(form: forms.Form[Any]) -> str:
    who = current_who()
    usager = acces.access_usager(who.id, who)
    return render_template(
        "aidant/mandats.html",
        form=form,
        mandats=mandats.mandates_of(who.id, who),
        structures=[(s.id, s.nom) for s in aidants.structures([usager.prefecture])],
        portees=list(mandats.PORTEES.items()),
        today=clock.today(),
    )
