"""Helpers: a password of one's own, the persons followed, acting for one of them under a banner (XCT-05, XCT-06)."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from chassis import clock
from chassis.web import forms, guessing, limits, problems, sessions
from chassis.web.forms import Answer
from chassis.web.headers import max_body
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.redirects import page_of_ours
from chassis.web.uploads import FORM_BYTES
from chassis.web.who import AIDANT
from droit.decision import Genre, Refused
from services.deposit.aidant import inputs
from services.deposit.aidant.actions import aidants, mandats, portefeuille
from services.deposit.dossier.actions import fichiers
from services.deposit.droits.actions import preuves
from services.deposit.instruction.actions import urgences
from services.deposit.instruction.inputs import Urgence

pages = Blueprint("aidants", __name__, url_prefix="/aidants")


@pages.get("/connexion")
def connexion() -> Answer:
    """The sign-in page of helpers."""
    return _connexion(forms.blank())


@pages.post("/connexion")
@without_key
def connecter() -> Answer:
    """Signs a member in; nobody shares a password."""
    form = forms.read(inputs.Connexion, request.form)
    suite = page_of_ours(request.args.get("suite", ""))
    if form.value is None:
        return _connexion(form), 422
    try:
        with guessing.attempt(f"aidant {form.value.login}"):
            subject = aidants.authenticate(form.value.login, form.value.password)
            if not form.value.code and aidants.is_new(subject):
                return _await_code(subject, suite)
            aidants.prove(subject, form.value.code)
    except Refused as refused:
        return _connexion(form.refuse(refused, _)), problems.status_of(refused.motif)
    response = make_response(_open(subject, suite))
    guessing.passed(f"aidant {form.value.login}", response=response)
    return response


def _connexion(form: forms.Form[Any]) -> str:
    return render_template("aidant/connexion.html", form=form, suite=page_of_ours(request.args.get("suite", "")))


@pages.get("/activation")
def activation() -> Answer:
    """Where a new member chooses her password."""
    return _activation(forms.blank())


@pages.post("/activation")
@without_key
def activer() -> Answer:
    """Takes the code once, keeps the password, then gives the key of her application."""

    def act(typed: inputs.Activation) -> Answer:
        limits.count_sign_in(f"aidant:{typed.login}")
        return _await_code(aidants.activate(typed.login, typed.code, typed.password))

    return forms.submit(inputs.Activation, act, _activation)


def _activation(form: forms.Form[Any]) -> str:
    return render_template("aidant/activation.html", form=form)


@pages.get("/cle")
def cle() -> Answer:
    """The key for her application, until a first code was given."""
    session = _awaiting()
    return redirect(url_for("aidants.connexion"), 303) if session is None else _key(session, forms.blank())


@pages.post("/cle")
@without_key
def prouver() -> Answer:
    """A first right code signs her in; one is asked for each time from now on."""
    session = _awaiting()
    if session is None:
        return redirect(url_for("aidants.connexion"), 303)

    def act(typed: inputs.PremierCode) -> Answer:
        limits.count_sign_in(f"aidant:{session.subject}")
        return _open(aidants.prove(session.subject, typed.code), str(session.data.get("suite", "")))

    return forms.submit(inputs.PremierCode, act, partial(_key, session))


def _key(session: sessions.Session, form: forms.Form[Any]) -> str:
    key, address = aidants.key_of(session.subject)
    return render_template("aidant/cle.html", form=form, cle=key, adresse=address)


def _awaiting() -> sessions.Session | None:
    session = sessions.current_session()
    return session if session is not None and session.kind == aidants.A_CONFIRMER else None


def _await_code(subject: str, suite: str = "") -> Answer:
    response = make_response(redirect(url_for("aidants.cle"), 303))
    sessions.open_session(subject, aidants.A_CONFIRMER, response, {"suite": suite})
    return response


@pages.post("/deconnexion")
@without_key
@require(AIDANT)
def deconnexion() -> Answer:
    """Ends this browser's session."""
    response = make_response(redirect(url_for("aidants.connexion"), 303))
    sessions.end_session(response)
    return response


@pages.get("/")
@require(AIDANT)
def tableau() -> Answer:
    """Every person followed, with states and next dates."""
    return render_template("aidant/tableau.html", suivis=mandats.board(current_who()), today=clock.today())


@pages.get("/personnes/<usager_id>")
@require(AIDANT)
def personne(usager_id: str) -> Answer:
    """One person: her demandes, her documents, what the mandate allows."""
    who = current_who()
    suivi = mandats.open_person(usager_id, who)
    return render_template(
        "aidant/personne.html",
        suivi=suivi,
        preuves=preuves.of_person(suivi.usager, clock.today()),
        portees=[mandats.PORTEES[code] for code in suivi.mandat.portee if code in mandats.PORTEES],
        peut_agir="agir" in suivi.mandat.portee,
        collegues=dict(portefeuille.colleagues(who)),
        motifs=list(urgences.MOTIFS.items()),
        form=forms.blank(),
    )


@pages.post("/personnes/<usager_id>/agir")
@without_key
@require(AIDANT)
def agir(usager_id: str) -> Answer:
    """From here each page acts for this person, with a banner that says so."""
    mandats.open_person(usager_id, current_who())
    sessions.keep(pour=usager_id)
    return redirect(url_for("espace.accueil"), 303)


@pages.post("/arreter")
@without_key
@require(AIDANT)
def arreter() -> Answer:
    """Acts for nobody again."""
    sessions.keep(pour="")
    return redirect(url_for("aidants.tableau"), 303)


@pages.post("/demandes/<demande_id>/urgence")
@max_body(FORM_BYTES)
@require(AIDANT)
def urgence(demande_id: str) -> Answer:
    """Flags an urgency with its proof, in the person's name (DEP-60)."""
    form = forms.read(Urgence, request.form)
    sent = request.files.get("fichier")
    stored = None
    try:
        if sent is not None and sent.filename:
            stored = fichiers.take(sent)
        motif, texte = (form.value.motif, form.value.texte) if form.value else ("", "")
        done = urgences.flag(demande_id, motif, texte, stored, current_who(), request_id=request_id())
    except Refused as refused:
        if refused.motif.genre is not Genre.INVALIDE:
            raise
        flash(f"{_(refused.motif.phrase)} {_(refused.motif.suite)}", "arret")
        return redirect(url_for("aidants.tableau"), 303)
    flash(_("L’urgence est signalée. L’agent la voit maintenant, avec sa raison."), "ok")
    return redirect(url_for("aidants.personne", usager_id=done.usager_id), 303)


@pages.post("/mandats/<mandat_id>/fin")
@require(AIDANT)
def finir(mandat_id: str) -> Answer:
    """The structure itself ends a mandate."""
    mandats.revoke(mandat_id, current_who(), request_id=request_id())
    flash(_("Le mandat est fini. La personne est prévenue."), "ok")
    return redirect(url_for("aidants.tableau"), 303)


def banner() -> dict[str, Any]:
    """For whom the helper acts, on each page: the name, while the mandate holds."""
    who = current_who()
    return {"aide_pour": mandats.name_of(who.acts_for, who) if who.kind == AIDANT and who.acts_for else ""}


pages.app_context_processor(banner)


def _open(subject: str, suite: str = "") -> Answer:
    response = make_response(redirect(suite or url_for("aidants.tableau"), 303))
    sessions.open_session(subject, AIDANT, response)
    return response
