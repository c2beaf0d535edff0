"""A ticket on the desk: thread, person, suggestions, and the acts with what each will send."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from chassis import clock
from chassis.web import forms
from chassis.web.files import download
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps, JourCivil
from chassis.web.refusals import INTROUVABLE
from chassis.web.who import AGENT
from droit.decision import Refused
from services.ccc.actions import acces, anomalies, appels, attestations, fiches, file_attente, leves, pieces, saisines
from services.ccc.actions import reponses as actions
from services.ccc.actions.acces import ACTES as ACTS
from services.ccc.rules import etats

pages = Blueprint("saisine", __name__, url_prefix="/agents/saisines/<saisine_id>")
Answer = str | tuple[str, int] | Response | AnyResponse


class Reponse(Corps):
    """An answer as the agent writes it."""

    texte: str = Field(title="La réponse", min_length=1, max_length=8000)
    citation: str = Field(title="La phrase de la personne à laquelle vous répondez", default="", max_length=1000)
    capture_vue: str = Field(title="Ce que montre sa capture", default="", max_length=1000)
    issue: str = Field(title="Ce que cette réponse fait", max_length=30)


class Question(Corps):
    """What the person is asked to say again."""

    question: str = Field(title="Votre question", min_length=1, max_length=2000)


class Issue(Corps):
    """How the ticket ends."""

    issue: str = Field(title="Ce qui a été fait", max_length=30)


class Categorie(Corps):
    """What the ticket is about."""

    categorie: str = Field(title="Sujet", pattern="^(TELEPROCEDURE|INFORMATION|SUIVI|AUTRE)$")
    symptome: int = Field(default=0, ge=0, le=13)


class Code(Corps):
    """A fault of the register."""

    code: str = Field(title="Code de l’anomalie", min_length=3, max_length=40)


class Levee(Corps):
    """One of the powers of CCC-10."""

    acte: int = Field(title="Acte", ge=1, le=20)
    motif: str = Field(title="Pourquoi", min_length=1, max_length=1000)
    demande_id: str = Field(default="", max_length=60)
    courriel: str = Field(default="", max_length=254)
    remise: JourCivil | None = None
    attestation_numero: str = Field(default="", max_length=19)


@pages.get("")
@require(AGENT)
def fiche(saisine_id: str) -> str:
    return _show(saisine_id, forms.blank())


@pages.get("/pieces/<cle>")
@require(AGENT)
def piece(saisine_id: str, cle: str) -> Response:
    saisine = acces.access_saisine(saisine_id, current_who(), ACTS["LIRE"])
    found = pieces.of_ticket(saisine, file_attente.thread(saisine_id), cle)
    if found is None:
        raise Refused(INTROUVABLE)
    return download(pieces.files(), found.cle, found.nom, found.media_type, inline=True)


@pages.post("/apercu")
@require(AGENT)
def apercu(saisine_id: str) -> Answer:
    """What the answer will look like to the person, before it is sent."""
    form = forms.read(Reponse, request.form)
    if form.value is None:
        return _show(saisine_id, form), 422
    saisine = acces.access_saisine(saisine_id, current_who(), ACTS["REPONDRE"])
    return render_template(
        "ccc/apercu.html",
        saisine=saisine,
        form=form,
        texte=actions.wording(saisine, actions.Reponse(**form.value.model_dump())),
        qui=etats.QUI_REPOND,
        issue=etats.ISSUES.get(form.value.issue, ""),
    )


@pages.post("/reponse")
@require(AGENT)
def repondre(saisine_id: str) -> Answer:
    form = forms.read(Reponse, request.form)
    if form.value is None:
        return _show(saisine_id, form), 422
    asked = actions.Reponse(**form.value.model_dump())
    try:
        actions.repondre(saisine_id, asked, current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(saisine_id, form, refused)
    return _done(saisine_id, gettext("La réponse est partie."))


@pages.post("/reformulation")
@require(AGENT)
def reformuler(saisine_id: str) -> Answer:
    form = forms.read(Question, request.form)
    if form.value is None:
        return _show(saisine_id, form), 422
    try:
        actions.reformuler(saisine_id, form.value.question, current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(saisine_id, form, refused)
    return _done(saisine_id, gettext("La question est partie. Le délai d’attestation continue."))


@pages.post("/categorie")
@require(AGENT)
def qualifier(saisine_id: str) -> Answer:
    form = forms.read(Categorie, request.form)
    if form.value is None:
        return _show(saisine_id, form), 422
    said = form.value
    saisines.qualifier(saisine_id, said.categorie, said.symptome, current_who(), request_id=request_id())
    return _done(saisine_id, gettext("Le sujet est changé."))


@pages.post("/anomalie")
@require(AGENT)
def reconnaitre(saisine_id: str) -> Answer:
    form = forms.read(Code, request.form)
    if form.value is None:
        return _show(saisine_id, form), 422
    try:
        anomalies.reconnaitre(saisine_id, form.value.code, current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(saisine_id, form, refused)
    return _done(
        saisine_id, gettext("L’anomalie est reconnue ; la personne est orientée vers une autre façon de faire.")
    )


@pages.post("/attestation")
@require(AGENT)
def attester(saisine_id: str) -> Answer:
    try:
        attestations.attester(saisine_id, current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(saisine_id, forms.blank(), refused)
    return _done(saisine_id, gettext("L’attestation est partie, avec les façons de faire de la préfecture."))


@pages.post("/levee")
@require(AGENT)
def lever(saisine_id: str) -> Answer:
    form = forms.read(Levee, request.form)
    if form.value is None:
        return _show(saisine_id, form), 422
    try:
        leves.lever(saisine_id, leves.Levee(**form.value.model_dump()), current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(saisine_id, form, refused)
    return _done(saisine_id, gettext("L’acte est demandé ; il s’affiche ici dès qu’il est fait."))


@pages.post("/fin")
@require(AGENT)
def clore(saisine_id: str) -> Answer:
    form = forms.read(Issue, request.form)
    if form.value is None:
        return _show(saisine_id, form), 422
    try:
        actions.clore(saisine_id, form.value.issue, current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(saisine_id, form, refused)
    return _done(saisine_id, gettext("La demande est terminée. La personne peut la rouvrir."))


def _done(saisine_id: str, text: str) -> AnyResponse:
    flash(text, "ok")
    return redirect(url_for("saisine.fiche", saisine_id=saisine_id), 303)


def _refused(saisine_id: str, form: forms.Form[Any], refused: Refused) -> Answer:
    """The refusal beside the form, on the ticket itself; a ticket out of reach shows only the refusal."""
    if refused.motif.code in ("SAISINE_INCONNUE", "PREFECTURE_AUTRE", "ACTE_NON_PERMIS", "COPIE_REFUSEE"):
        raise refused
    return _show(saisine_id, form.refuse(refused, gettext)), 403 if refused.motif.genre == "interdit" else 422


def _show(saisine_id: str, form: forms.Form[Any]) -> str:
    who = current_who()
    saisine = acces.access_saisine(saisine_id, who, ACTS["LIRE"])
    acces.log_reading(saisine, who)
    verified = saisine.identite == etats.VERIFIEE
    return render_template(
        "ccc/saisine.html",
        saisine=saisine,
        messages=file_attente.thread(saisine_id),
        appels=appels.calls_of(saisine_id),
        form=form,
        etats=etats,
        verifiee=verified,
        situation=appels.situation(saisine_id, who) if verified else None,
        jour_de=date.fromisoformat,
        pistes=[anomalies.access(piste.code) for piste in anomalies.pistes(saisine.precis, saisine.symptome)],
        fiches=fiches.search(saisine.precis[:300]),
        actes=[(number, libelle) for number, (libelle, _lifts) in leves.ACTES.items()],
        voies=attestations.preview(saisine_id, who),
        aujourd_hui=clock.today(),
    )
