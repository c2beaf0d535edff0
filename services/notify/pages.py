"""The desk of messages: what waits, one person's messages and proofs, letters to print, calls to make, refusals."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext, lazy_gettext
from flask_openapi import OpenAPI
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from chassis.settings import Settings
from chassis.web import forms
from chassis.web.app import create_app
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.saisie import Corps, JourCivil
from chassis.web.who import AGENT
from droit.decision import Refused
from services.notify.actions import accuses, agents, appels, consultation, courriers, rejets
from services.notify.api import blueprints

Answer = str | tuple[str, int] | Response | AnyResponse

CANAUX = {
    "COURRIEL": lazy_gettext("e-mail"),
    "SMS": lazy_gettext("SMS"),
    "LETTRE": lazy_gettext("courrier"),
    "APPEL": lazy_gettext("appel"),
}
# State -> its sentence, and the sign that goes with it.
ETATS = {
    "A_PLANIFIER": (lazy_gettext("en préparation"), "attente"),
    "PLANIFIE": (lazy_gettext("préparé"), "attente"),
    "REJETE": (lazy_gettext("mis de côté"), "attention"),
    "NON_RECU": (lazy_gettext("personne n'a été joint"), "arret"),
    "A_REMETTRE": (lazy_gettext("à remettre"), "attente"),
    "REMIS": (lazy_gettext("remis au transporteur"), "attente"),
    "DELIVRE": (lazy_gettext("arrivé"), "ok"),
    "LU": (lazy_gettext("lu"), "ok"),
    "ECHEC": (lazy_gettext("échec"), "arret"),
    "ANNULE": (lazy_gettext("annulé"), "neutre"),
}
DATES = {
    "cree": lazy_gettext("Préparé"),
    "remis": lazy_gettext("Remis au transporteur"),
    "delivre": lazy_gettext("Arrivé"),
    "lu": lazy_gettext("Lu"),
    "echec": lazy_gettext("Échec"),
}
ISSUES = (
    (appels.JOINT, lazy_gettext("La personne a répondu et j'ai lu le message")),
    (appels.ABSENT, lazy_gettext("Personne n'a répondu : à rappeler un autre jour")),
    (appels.TIERS, lazy_gettext("Quelqu'un d'autre a répondu : rien n'a été dit, à rappeler")),
    (appels.INCONNU, lazy_gettext("L'identité n'a pas pu être vérifiée : rien n'a été dit, à rappeler")),
    (appels.REFUS, lazy_gettext("La personne ne veut pas être appelée")),
)


class Texte(Corps):
    """Other words for a message."""

    objet: str = Field(min_length=1, max_length=200)
    corps: str = Field(min_length=1, max_length=20_000)
    sms: str = Field(min_length=1, max_length=600)


class Annulation(Corps):
    """Why a message is withdrawn."""

    motif: str = Field(min_length=1, max_length=500)


class Rectification(Corps):
    """What is right."""

    texte: str = Field(min_length=1, max_length=5000)


class Poste(Corps):
    """When a letter was posted, and its tracking number."""

    poste_date: JourCivil
    suivi: str = Field(default="", max_length=60)


class Fin(Corps):
    """What became of a posted letter."""

    issue: str = Field(pattern=f"^({courriers.DISTRIBUE}|{courriers.REVENU})$")
    preuve: str = Field(min_length=1, max_length=200)


class Identite(Corps):
    """What the person answers to the two questions."""

    nom: str = Field(min_length=1, max_length=200)
    reponse: str = Field(min_length=1, max_length=100)


class Resultat(Corps):
    """How a call ended."""

    issue: str = Field(pattern=f"^({'|'.join(appels.ISSUES)})$")


desk = Blueprint("notify", __name__)


def application(settings: Settings) -> OpenAPI:
    """The web process of notify: agents and carriers only; usagers read their messages in their own space."""
    app = create_app(
        settings, pages=[desk], api=blueprints(), who_of_session=lambda session: None, sign_in="agents.connexion"
    )
    app.jinja_env.globals.update(canaux=CANAUX, etats=ETATS, noms_dates=DATES)
    return app


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


@desk.get("/lu/<jeton>")
def lu(jeton: str) -> AnyResponse:
    """A message's link: notes that it was opened, then leads to her own space; a wrong link leads there too."""
    fetched = "prefetch" in (request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", ""))
    if request.method == "GET" and not fetched:
        accuses.receive_reading(jeton, _settings())
    return make_response(redirect(accuses.space_url(_settings()), 303))


@desk.get("/")
@require(AGENT)
def bureau() -> Answer:
    """What waits, by way, and the search of a person's messages."""
    return render_template("bureau.html", comptes=consultation.counts(), cherche="", introuvable=False)


@desk.get("/recherche")
@require(AGENT)
def recherche() -> Answer:
    """From a reference told to the person, or a parcours, to her messages."""
    text = request.args.get("q", "")
    parcours_id = consultation.find_parcours(text, current_who())
    if parcours_id is None:
        page = render_template("bureau.html", comptes=consultation.counts(), cherche=text, introuvable=True)
        return page, 404
    return make_response(redirect(url_for("notify.parcours", parcours_id=parcours_id), 303))


@desk.get("/parcours/<parcours_id>")
@require(AGENT)
def parcours(parcours_id: str) -> Answer:
    """One person's messages with their proofs."""
    vus = consultation.messages_of_parcours(parcours_id, current_who())
    return render_template("parcours.html", vus=vus, parcours_id=parcours_id)


@desk.get("/messages/<message_id>")
@require(AGENT)
def message(message_id: str) -> Answer:
    """One message: what it says, where it went, and what may still be done."""
    return _message(message_id, forms.blank())


@desk.post("/messages/<message_id>/texte")
@require(AGENT)
def changer(message_id: str) -> Answer:
    """Other words, before it leaves."""
    form = forms.read(Texte, request.form)
    if form.value is None:
        return _message(message_id, form), 422
    words = agents.NouveauTexte(form.value.objet, form.value.corps, form.value.sms)
    try:
        agents.changer_texte(message_id, words, current_who(), request_id=request_id())
    except Refused as refused:
        return _message(message_id, form.refuse(refused, gettext)), 422
    return _done(gettext("Le texte est changé. C'est celui-ci qui partira."), "notify.message", message_id=message_id)


@desk.post("/messages/<message_id>/annuler")
@require(AGENT)
def annuler(message_id: str) -> Answer:
    """Withdraws what has not left."""
    form = forms.read(Annulation, request.form)
    if form.value is None:
        return _message(message_id, form), 422
    done = agents.annuler_message(message_id, form.value.motif, current_who(), request_id=request_id())
    said = (
        gettext("Le message est annulé.")
        if done
        else gettext("Trop tard : tout est déjà parti. Envoyez une correction.")
    )
    return _done(said, "notify.message", message_id=message_id)


@desk.post("/messages/<message_id>/rectifier")
@require(AGENT)
def rectifier(message_id: str) -> Answer:
    """A second message that corrects the first."""
    form = forms.read(Rectification, request.form)
    if form.value is None:
        return _message(message_id, form), 422
    try:
        made = agents.rectifier(message_id, form.value.texte, current_who(), request_id=request_id())
    except Refused as refused:
        return _message(message_id, form.refuse(refused, gettext)), 422
    return _done(gettext("La correction part par la voie de la personne."), "notify.message", message_id=made.id)


@desk.post("/messages/<message_id>/reessayer")
@require(AGENT)
def reessayer(message_id: str) -> Answer:
    """The same message again, once the person's addresses are mended."""
    agents.reessayer(message_id, current_who(), request_id=request_id())
    return _done(
        gettext("Le message repart par la première voie de la personne."), "notify.message", message_id=message_id
    )


@desk.get("/courriers")
@require(AGENT)
def file_courriers() -> Answer:
    """Letters to print and post."""
    who = current_who()
    return render_template(
        "courriers.html", a_faire=courriers.queue(who), partis=courriers.posted(who), form=forms.blank()
    )


@desk.post("/courriers/<envoi_id>/imprimer")
@require(AGENT)
def imprimer(envoi_id: str) -> Answer:
    """Fixes the letter; the next page gives its print job."""
    courriers.imprimer(envoi_id, current_who(), request_id=request_id())
    return _done(gettext("La lettre est prête. Imprimez-la, puis notez son départ."), "notify.file_courriers")


@desk.get("/courriers/<envoi_id>/impression.zip")
@require(AGENT)
def impression(envoi_id: str) -> Answer:
    """The letter and what it attaches, in order."""
    job = courriers.print_job(envoi_id, current_who(), _settings())
    return send_file(
        io.BytesIO(job), "application/zip", as_attachment=True, download_name=f"courrier-{envoi_id[:8]}.zip"
    )


@desk.post("/courriers/<envoi_id>/poster")
@require(AGENT)
def poster(envoi_id: str) -> Answer:
    """Notes the day a letter was posted."""
    form = forms.read(Poste, request.form)
    if form.value is None:
        return _courriers(form), 422
    day: date = form.value.poste_date
    try:
        courriers.poster(envoi_id, day, form.value.suivi, current_who(), request_id=request_id())
    except Refused as refused:
        return _courriers(form.refuse(refused, gettext)), 422
    return _done(gettext("Le départ est noté."), "notify.file_courriers")


@desk.post("/courriers/<envoi_id>/fin")
@require(AGENT)
def fin(envoi_id: str) -> Answer:
    """Notes what became of a posted letter."""
    form = forms.read(Fin, request.form)
    if form.value is None:
        return _courriers(form), 422
    courriers.finir(envoi_id, form.value.issue, form.value.preuve, current_who(), request_id=request_id())
    return _done(gettext("C'est noté, avec sa preuve."), "notify.file_courriers")


@desk.get("/appels")
@require(AGENT)
def file_appels() -> Answer:
    """Calls to make."""
    return render_template("appels.html", a_faire=appels.queue(current_who()))


@desk.get("/appels/<envoi_id>")
@require(AGENT)
def appel(envoi_id: str) -> Answer:
    """One call: identity first, then the words, then the result."""
    return _appel(envoi_id, forms.blank())


@desk.post("/appels/<envoi_id>/identite")
@require(AGENT)
def identite(envoi_id: str) -> Answer:
    """Compares the answers; nothing is shown when they do not fit."""
    form = forms.read(Identite, request.form)
    if form.value is None:
        return _appel(envoi_id, form), 422
    try:
        appels.verify_identity(envoi_id, form.value.nom, form.value.reponse, current_who(), request_id=request_id())
    except Refused as refused:
        return _appel(envoi_id, form.refuse(refused, gettext)), 403
    return _done(gettext("Identité vérifiée. Vous pouvez lire le message."), "notify.appel", envoi_id=envoi_id)


@desk.post("/appels/<envoi_id>/resultat")
@require(AGENT)
def resultat(envoi_id: str) -> Answer:
    """Notes how the call ended."""
    form = forms.read(Resultat, request.form)
    if form.value is None:
        return _appel(envoi_id, form), 422
    try:
        appels.record_result(envoi_id, form.value.issue, current_who(), _settings(), request_id=request_id())
    except Refused as refused:
        return _appel(envoi_id, form.refuse(refused, gettext)), 403
    return _done(gettext("Le résultat de l'appel est noté."), "notify.file_appels")


@desk.get("/echecs")
@require(AGENT)
def echecs() -> Answer:
    """Messages that reached nobody, or that wait for something."""
    return render_template("echecs.html", vus=consultation.failures(current_who()))


@desk.get("/rejets")
@require(AGENT)
def file_rejets() -> Answer:
    """What could not be read or said."""
    who = current_who()
    return render_template("rejets.html", faits=rejets.faits(who), messages=rejets.messages(who))


@desk.post("/rejets/faits/<event_id>/rejouer")
@require(AGENT)
def rejouer(event_id: str) -> Answer:
    """Has a fact handled again by the worker."""
    rejets.ask_replay(event_id, current_who())
    return _done(gettext("Le fait est repris dans les secondes qui viennent."), "notify.file_rejets")


@desk.post("/rejets/messages/<message_id>/reprendre")
@require(AGENT)
def reprendre(message_id: str) -> Answer:
    """Has a message planned again."""
    rejets.replan(message_id, current_who(), request_id=request_id())
    return _done(gettext("Le message est préparé de nouveau."), "notify.file_rejets")


def _message(message_id: str, form: forms.Form[Any]) -> str:
    vu = consultation.message(message_id, current_who())
    typed = dict(vu.message.textes) | dict(form.typed)
    return render_template("message.html", vu=vu, form=forms.Form(typed=typed, errors=form.errors))


def _courriers(form: forms.Form[Any]) -> str:
    who = current_who()
    return render_template("courriers.html", a_faire=courriers.queue(who), partis=courriers.posted(who), form=form)


def _appel(envoi_id: str, form: forms.Form[Any]) -> str:
    fiche = appels.open_call(envoi_id, current_who())
    return render_template("appel.html", fiche=fiche, form=form, issues=ISSUES)


def _done(said: str, endpoint: str, **values: Any) -> AnyResponse:
    flash(said, "ok")
    return make_response(redirect(url_for(endpoint, **values), 303))
