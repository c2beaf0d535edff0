"""The national desk opens and ends experiments, announces consultations, and says what changed (XCT-15, XCT-16)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.concertation import inputs
from services.deposit.concertation.actions import concertations, experimentations
from services.deposit.concertation.actions.concertations import ORGANISATEURS
from services.deposit.concertation.actions.experimentations import FONCTIONS, MESURES, OUVREURS, TOUT
from services.deposit.demande.actions import fiches
from services.deposit.dossier.actions.prefectures import departements

if TYPE_CHECKING:
    from services.deposit.concertation.store.concertation import Concertation

pages = Blueprint("bureau_national", __name__, url_prefix="/agents/national")
QUESTIONS = 5


@pages.get("/experimentations")
@require(AGENT, roles=OUVREURS)
def essais() -> forms.Answer:
    """What runs, and the form to open one."""
    return _essais(forms.blank())


@pages.post("/experimentations")
@require(AGENT, roles=OUVREURS)
def ouvrir() -> forms.Answer:
    """Opens an experiment from today."""

    def act(typed: inputs.Essai) -> forms.Answer:
        made = experimentations.open_one(typed, current_who(), request_id=request_id())
        flash(_("L’essai est ouvert et publié."), "ok")
        return redirect(url_for("bureau_national.essai", experimentation_id=made.id), 303)

    return forms.submit(inputs.Essai, act, _essais)


@pages.get("/experimentations/<experimentation_id>")
@require(AGENT, roles=OUVREURS)
def essai(experimentation_id: str) -> forms.Answer:
    """One experiment, with its measures of today and its audit."""
    return _essai(experimentation_id, forms.blank())


@pages.post("/experimentations/<experimentation_id>")
@require(AGENT, roles=OUVREURS)
def decider(experimentation_id: str) -> forms.Answer:
    """Reviews, makes general or stops; the reason is published."""

    def act(typed: inputs.Suite) -> forms.Answer:
        experimentations.decide(experimentation_id, typed, current_who(), request_id=request_id())
        flash(_("C’est fait et publié."), "ok")
        return redirect(url_for("bureau_national.essai", experimentation_id=experimentation_id), 303)

    return forms.submit(inputs.Suite, act, partial(_essai, experimentation_id))


@pages.get("/concertations")
@require(AGENT, roles=ORGANISATEURS)
def concertation() -> forms.Answer:
    """The consultations, and the form to announce one."""
    return _concertations(forms.blank())


@pages.post("/concertations")
@require(AGENT, roles=ORGANISATEURS)
def annoncer() -> forms.Answer:
    """Announces a consultation."""

    def act(typed: inputs.Concertation) -> forms.Answer:
        made = concertations.announce(typed, current_who(), request_id=request_id())
        flash(_("La consultation est publiée."), "ok")
        return redirect(url_for("concertations.voir", concertation_id=made.id), 303)

    return forms.submit(inputs.Concertation, act, _concertations)


@pages.post("/concertations/panel")
@require(AGENT, roles=ORGANISATEURS)
def inscrire() -> forms.Answer:
    """An association enters the panel."""

    def act(typed: inputs.Panel) -> forms.Answer:
        made = concertations.enrol(typed, current_who())
        flash(_("%(nom)s est au panel : ses membres répondent pour elle.", nom=made.nom), "ok")
        return redirect(url_for("bureau_national.concertation"), 303)

    return forms.submit(inputs.Panel, act, _concertations)


@pages.post("/concertations/<concertation_id>/changements")
@require(AGENT, roles=ORGANISATEURS)
def lier(concertation_id: str) -> forms.Answer:
    """Says what changed because of a consultation."""

    def act(typed: inputs.Changement) -> forms.Answer:
        concertations.link_change(concertation_id, typed, current_who(), request_id=request_id())
        flash(_("Le changement est publié avec la consultation."), "ok")
        return redirect(url_for("concertations.voir", concertation_id=concertation_id), 303)

    return forms.submit(inputs.Changement, act, _concertations)


def _essais(form: forms.Form[Any]) -> str:
    return render_template(
        "concertation/agents/experimentations.html",
        vues=experimentations.views(),
        form=form,
        fonctions=[(feature.code, feature.libelle) for feature in FONCTIONS.values()],
        criteres=[(MESURES[c.mesure].libelle, c) for feature in FONCTIONS.values() for c in feature.criteres],
        prefectures=departements(),
        titres=fiches.titres(),
        tout=TOUT,
    )


def _essai(experimentation_id: str, form: forms.Form[Any]) -> str:
    return render_template(
        "concertation/agents/experimentation.html", vue=experimentations.view(experimentation_id), form=form
    )


def _has_words(asked: Concertation) -> bool:
    return any(not question["choix"] for question in asked.questions)


def _concertations(form: forms.Form[Any]) -> str:
    essais = [(vue.experimentation.id, vue.libelle) for vue in experimentations.views()]
    every = concertations.every()
    return render_template(
        "concertation/agents/concertations.html",
        toutes=every,
        mots={asked.id: concertations.words_of(asked, current_who()) for asked in every if _has_words(asked)},
        panel=concertations.panel(),
        structures=concertations.may_enrol(),
        form=form,
        essais=essais,
        numeros=range(1, QUESTIONS + 1),
    )
