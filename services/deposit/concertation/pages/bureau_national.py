"""The national desk opens and ends experiments, announces consultations, and says what changed (XCT-15, XCT-16)."""

from __future__ import annotations

from typing import Any, Literal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import Field

from chassis import clock
from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps, JourCivil
from chassis.web.who import AGENT
from droit.decision import Genre, Refused
from services.deposit.acte.pages import Answer
from services.deposit.concertation.actions import concertations, experimentations
from services.deposit.concertation.actions.concertations import ORGANISATEURS, Annonce, Question
from services.deposit.concertation.actions.experimentations import (
    FONCTIONS,
    MESURES,
    OUVREURS,
    TOUT,
    Critere,
    Ouverture,
)
from services.deposit.demande.actions import fiches
from services.deposit.dossier.actions.prefectures import departements

pages = Blueprint("bureau_national", __name__, url_prefix="/agents/national")
QUESTIONS = 5


class Essai(Corps):
    """An experiment to open; préfectures and titles are codes by commas, `*` for every one."""

    fonction: str = Field(title="Fonction", min_length=1, max_length=60)
    prefectures: str = Field(title="Préfectures", min_length=1, max_length=400)
    titres: str = Field(title="Titres", min_length=1, max_length=2000)
    responsable: str = Field(title="Qui en répond", min_length=1, max_length=200)
    revue_date: JourCivil = Field(title="Jour de revue")
    seuil_utilite: float | None = Field(title="Seuil d’utilité", default=None, ge=0, le=100)
    motif: str = Field(title="Pourquoi cet essai", min_length=1, max_length=2000)


class Suite(Corps):
    """What becomes of an experiment, and why."""

    state: Literal["GENERALISEE", "ARRETEE", "REVUE"] = Field(title="Suite")
    revue_date: JourCivil | None = Field(title="Prochain jour de revue", default=None)
    motif: str = Field(title="Pourquoi", min_length=1, max_length=2000)


class Changement(Corps):
    """What a consultation led to."""

    texte: str = Field(title="Ce qui a changé", min_length=1, max_length=2000)
    experimentation_id: str = Field(title="Essai qui le met en œuvre", default="", max_length=64)


@pages.get("/experimentations")
@require(AGENT, roles=OUVREURS)
def essais() -> Answer:
    """What runs, and the form to open one."""
    return _essais(forms.blank())


@pages.post("/experimentations")
@require(AGENT, roles=OUVREURS)
def ouvrir() -> Answer:
    """Opens an experiment from today."""
    form = forms.read(Essai, request.form)
    if form.value is None:
        return _essais(form), 422
    typed = form.value
    asked = Ouverture(
        fonction=typed.fonction,
        prefectures=_codes(typed.prefectures),
        titres=_codes(typed.titres),
        responsable=typed.responsable,
        revue_date=typed.revue_date,
        motif=typed.motif,
        criteres=_criteres(typed.fonction, typed.seuil_utilite),
    )
    try:
        made = experimentations.open_one(asked, current_who(), request_id=request_id())
    except Refused as refused:
        if refused.motif.genre is Genre.INTERDIT:
            raise
        return _essais(form.refuse(refused, _)), 422
    flash(_("L’essai est ouvert et publié."), "ok")
    return redirect(url_for("bureau_national.essai", experimentation_id=made.id), 303)


@pages.get("/experimentations/<experimentation_id>")
@require(AGENT, roles=OUVREURS)
def essai(experimentation_id: str) -> Answer:
    """One experiment, with its measures of today and its audit."""
    return _essai(experimentation_id, forms.blank())


@pages.post("/experimentations/<experimentation_id>")
@require(AGENT, roles=OUVREURS)
def decider(experimentation_id: str) -> Answer:
    """Reviews, makes general or stops; the reason is published."""
    form = forms.read(Suite, request.form)
    if form.value is None:
        return _essai(experimentation_id, form), 422
    typed, who = form.value, current_who()
    try:
        if typed.state == "REVUE":
            next_review = typed.revue_date or clock.today()
            experimentations.review(experimentation_id, next_review, typed.motif, who, request_id=request_id())
        else:
            experimentations.change(experimentation_id, typed.state, typed.motif, who, request_id=request_id())
    except Refused as refused:
        if refused.motif.genre is Genre.INTERDIT:
            raise
        return _essai(experimentation_id, form.refuse(refused, _)), 422
    flash(_("C’est fait et publié."), "ok")
    return redirect(url_for("bureau_national.essai", experimentation_id=experimentation_id), 303)


@pages.get("/concertations")
@require(AGENT, roles=ORGANISATEURS)
def concertation() -> Answer:
    """The consultations, and the form to announce one."""
    return _concertations(forms.blank())


@pages.post("/concertations")
@require(AGENT, roles=ORGANISATEURS)
def annoncer() -> Answer:
    """Announces a consultation."""
    form = forms.read(Annonciation, request.form)
    if form.value is None:
        return _concertations(form), 422
    typed = form.value
    asked = Annonce(typed.titre, typed.texte, tuple(typed.publics), typed.debut_date, typed.fin_date, _questions(typed))
    try:
        made = concertations.announce(asked, current_who(), request_id=request_id())
    except Refused as refused:
        if refused.motif.genre is Genre.INTERDIT:
            raise
        return _concertations(form.refuse(refused, _)), 422
    flash(_("La consultation est publiée."), "ok")
    return redirect(url_for("concertations.voir", concertation_id=made.id), 303)


@pages.post("/concertations/<concertation_id>/changements")
@require(AGENT, roles=ORGANISATEURS)
def lier(concertation_id: str) -> Answer:
    """Says what changed because of a consultation."""
    form = forms.read(Changement, request.form)
    if form.value is None:
        return _concertations(form), 422
    typed = form.value
    try:
        concertations.link_change(
            concertation_id, typed.texte, typed.experimentation_id, current_who(), request_id=request_id()
        )
    except Refused as refused:
        if refused.motif.genre is Genre.INTERDIT:
            raise
        return _concertations(form.refuse(refused, _)), 422
    flash(_("Le changement est publié avec la consultation."), "ok")
    return redirect(url_for("concertations.voir", concertation_id=concertation_id), 303)


class Annonciation(Corps):
    """A consultation to announce: five questions at most, one choice a line."""

    titre: str = Field(title="Titre", min_length=1, max_length=200)
    texte: str = Field(title="Pourquoi cette consultation", default="", max_length=4000)
    publics: list[str] = Field(title="À qui", min_length=1, max_length=4)
    debut_date: JourCivil = Field(title="Premier jour")
    fin_date: JourCivil = Field(title="Dernier jour")
    q1: str = Field(title="Question 1", min_length=1, max_length=300)
    c1: str = Field(title="Réponses possibles 1", min_length=1, max_length=2000)
    m1: int = Field(title="Combien de réponses 1", default=1, ge=1, le=12)
    q2: str = Field(default="", max_length=300)
    c2: str = Field(default="", max_length=2000)
    m2: int = Field(default=1, ge=1, le=12)
    q3: str = Field(default="", max_length=300)
    c3: str = Field(default="", max_length=2000)
    m3: int = Field(default=1, ge=1, le=12)
    q4: str = Field(default="", max_length=300)
    c4: str = Field(default="", max_length=2000)
    m4: int = Field(default=1, ge=1, le=12)
    q5: str = Field(default="", max_length=300)
    c5: str = Field(default="", max_length=2000)
    m5: int = Field(default=1, ge=1, le=12)


def _questions(typed: Annonciation) -> tuple[Question, ...]:
    found = []
    for number in range(1, QUESTIONS + 1):
        libelle, lines = getattr(typed, f"q{number}"), getattr(typed, f"c{number}")
        if libelle:
            choix = tuple(line.strip()[:200] for line in lines.splitlines() if line.strip())
            found.append(Question(libelle, choix, getattr(typed, f"m{number}")))
    return tuple(found)


def _criteres(fonction: str, seuil: float | None) -> tuple[Critere, ...]:
    """Those of the feature, with another threshold of usefulness when one was typed."""
    known = FONCTIONS[fonction].criteres if fonction in FONCTIONS else ()
    if seuil is None:
        return known
    return tuple(Critere(c.mesure, seuil, c.minimum) if c.mesure == "utilite" else c for c in known)


def _codes(typed: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in typed.split(",") if code.strip())


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


def _concertations(form: forms.Form[Any]) -> str:
    essais = [(vue.experimentation.id, vue.libelle) for vue in experimentations.views()]
    return render_template(
        "concertation/agents/concertations.html",
        toutes=concertations.every(),
        form=form,
        essais=essais,
        numeros=range(1, QUESTIONS + 1),
    )
