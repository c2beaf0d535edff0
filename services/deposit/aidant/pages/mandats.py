"""What a person decides and reads about others: her helpers, who opened her dossier, the corrections she contests."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from chassis import clock
from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AIDANT, USAGER
from services.deposit.aidant import inputs
from services.deposit.aidant.actions import aidants, mandats, relais
from services.deposit.dossier.actions import acces, prefectures, protection
from services.deposit.instruction.actions import corrections, personnes
from services.deposit.instruction.inputs import Contestation
from services.deposit.parcours import actions as parcours

pages = Blueprint("mandats", __name__, url_prefix="/mes-aidants")


@pages.get("/")
@require(USAGER)
def lister() -> Answer:
    """Who may help me, and the form to say so."""
    return _page(forms.blank())


@pages.post("/")
@require(USAGER)
def donner() -> Answer:
    """Gives a mandate."""

    def act(typed: inputs.Mandat) -> Answer:
        who = current_who()
        mandats.give(who.id, typed.structure_id, typed.portee, typed.fin_date, who, request_id=request_id())
        flash(_("C’est fait. Vous pouvez arrêter ce mandat quand vous voulez."), "ok")
        return redirect(url_for("mandats.lister"), 303)

    return forms.submit(inputs.Mandat, act, _page)


@pages.post("/<mandat_id>/fin")
@require(USAGER)
def finir(mandat_id: str) -> Answer:
    """Revokes a mandate at once."""
    mandats.revoke(mandat_id, current_who(), request_id=request_id())
    flash(_("C’est fini : cette structure ne voit plus rien de vous."), "ok")
    return redirect(url_for("mandats.lister"), 303)


@pages.post("/<mandat_id>/messages")
@require(USAGER)
def messages(mandat_id: str) -> Answer:
    """Her messages go to this structure, or to her own ways again (DEP-09)."""

    def act(typed: inputs.Relais) -> Answer:
        relais.choose(mandat_id, typed.recevoir, current_who(), request_id=request_id())
        gone = _("Vos messages partent maintenant chez cette structure, jusqu’à la fin de son mandat.")
        flash(gone if typed.recevoir else _("Vos messages reviennent à vos propres moyens."), "ok")
        return redirect(url_for("mandats.lister"), 303)

    return forms.submit(inputs.Relais, act, _page)


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
    return _corrections(demande_id, forms.blank())


@pages.post("/demandes/<demande_id>/corrections/<correction_id>")
@require(USAGER, AIDANT)
def contester(demande_id: str, correction_id: str) -> Answer:
    """The person's own answer comes back."""

    def act(typed: Contestation) -> Answer:
        corrections.contest(demande_id, correction_id, typed.texte, current_who(), request_id=request_id())
        flash(_("Votre réponse est revenue. L’agent lit que vous contestez."), "ok")
        return redirect(url_for("mandats.corrigees", demande_id=demande_id), 303)

    return forms.submit(Contestation, act, partial(_corrections, demande_id))


def _corrections(demande_id: str, form: forms.Form[Any]) -> str:
    demande = acces.access_demande(demande_id, current_who())
    shown = [] if protection.hidden_from(demande, current_who()) else corrections.corrections(demande)
    return render_template("aidant/corrections.html", demande=demande, corrections=shown, form=form)


def _page(form: forms.Form[Any]) -> str:
    who = current_who()
    usager = acces.access_usager(who.id, who)
    return render_template(
        "aidant/mandats.html",
        form=form,
        mandats=mandats.mandates_of(who.id, who),
        relais=usager.relais.get("mandat_id", ""),
        structures=[(s.id, s.nom) for s in aidants.structures([usager.prefecture])],
        portees=list(mandats.PORTEES.items()),
        today=clock.today(),
    )
