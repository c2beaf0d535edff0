"""The account: open with or without number or e-mail, sign in, recover. No path ends in a message alone."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from chassis import clock
from chassis.web import forms, guessing, limits, problems, sessions
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import require
from chassis.web.redirects import page_of_ours
from chassis.web.who import USAGER, Who
from droit.decision import Genre, Motif, Refused
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import person, stuck
from services.deposit.compte import inputs
from services.deposit.compte.actions import comptes, confirmation, essai, preuve, recuperation, usurpation
from services.deposit.compte.pages import facteur, franceconnect
from services.deposit.compte.pages.fournisseur import nom as nom_du_fournisseur
from services.deposit.dossier.actions import acces
from services.deposit.dossier.actions.prefectures import departements

compte = Blueprint("compte", __name__)


@compte.get("/connexion")
def connexion() -> str:
    """Sign in by what one has: identifier, number or e-mail."""
    return _connexion(forms.blank(), page_of_ours(request.args.get("suite", "")))


@compte.post("/connexion")
@without_key
def connecter() -> Answer:
    """Opens a session; the same refusal whoever it is."""
    suite = page_of_ours(request.args.get("suite", ""))
    form = forms.read(inputs.Connexion, request.form)
    if form.value is None:
        return _connexion(form, suite), 422
    try:
        found, attempt = essai.begin(form.value.identifiant)
    except Refused as refused:
        return _connexion(form.refuse(refused, _), suite), 429
    try:
        usager = essai.authenticate(found, attempt, form.value.password)
    except Refused as refused:
        if attempt.doubted:
            return facteur.ask_whoever_comes(suite)
        return _connexion(form.refuse(refused, _), suite), 401
    try:
        acces.access_usager(usager.id, Who(kind=USAGER, id=usager.id))
    except Refused as refused:
        return _connexion(form.refuse(refused, _), suite), 401
    return facteur.enter(usager, suite, doubted=attempt.doubted)


def _connexion(form: forms.Form[inputs.Connexion], suite: str) -> str:
    return render_template("compte/connexion.html", form=form, suite=suite, fournisseur=nom_du_fournisseur())


@compte.post("/connexion/blocage")
def connexion_impossible() -> str:
    """« Je n’arrive pas à me connecter »: recorded here, with the ways out (SUB-04)."""
    found = stuck("CONNEXION", request_id())
    page = render_template("compte/bloque.html", blocage=found, voies=blocage.ways(""), jour=clock.today())
    return str(page)


@compte.post("/deconnexion")
@without_key
def deconnexion() -> Answer:
    """Ends the session of this browser."""
    response = franceconnect.leave() or make_response(redirect(url_for("public.accueil"), 303))
    sessions.end_session(response)
    return response


@compte.get("/comptes")
def ouvrir() -> str:
    """The form of an account; nothing that a person may not have is required."""
    return render_template("compte/ouvrir.html", form=forms.blank(), departements=departements())


@compte.post("/comptes")
@without_key
def creer() -> Answer:
    """Opens the account and the session. When one exists already, this very page is the way out (DEP-03)."""
    form = forms.read(inputs.Ouverture, request.form)
    if form.value is None:
        return render_template("compte/ouvrir.html", form=form, departements=departements()), 422
    said = form.value
    try:
        limits.count_opening(said.courriel, said.numero_etranger)
        usager = confirmation.open_online(comptes.identity_of(said), said.password, request_id=request_id())
    except Refused as refused:
        if refused.motif.genre in (Genre.INVALIDE, Genre.TROP):
            form = form.refuse(refused, _)
            page = render_template("compte/ouvrir.html", form=form, departements=departements())
            return page, problems.status_of(refused.motif)
        return _exists(refused.motif, said), 409
    response = make_response(redirect(url_for("compte.ouvert"), 303))
    sessions.open_session(usager.id, USAGER, response)
    guessing.passed(usager.id, usager.password_hash, response)
    return response


def _exists(refus: Motif, said: inputs.Ouverture) -> str:
    """Recorded on this page, with every way to the account that exists or to a desk (DEP-03)."""
    symptome = "COMPTE_EXISTANT" if refus.code == comptes.COMPTE_EXISTANT.code else "COMPTE_IMPOSSIBLE"
    contact = said.telephone or said.courriel
    return render_template(
        "compte/existant.html",
        refus=refus,
        blocage=stuck(symptome, request_id(), contact=contact, prefecture=said.prefecture),
        voies=blocage.ways(said.prefecture),
        jour=clock.today(),
        dit={
            "identifiant": said.numero_etranger or said.courriel,
            "nom": said.nom,
            "naissance_date": said.naissance_date,
            "contact": contact,
            "prefecture": said.prefecture,
        },
    )


@compte.get("/comptes/ouvert")
@require(USAGER)
def ouvert() -> str:
    """The identifier to keep: the only thing needed to sign in without number or e-mail."""
    return render_template("compte/ouvert.html", usager=person())


@compte.get("/recuperation", endpoint="recuperation")
def recuperation_page() -> str:
    """A lost password."""
    return _recuperation(forms.blank())


@compte.post("/recuperation")
@without_key
def recuperer() -> Answer:
    """The same page whether the account exists or not."""

    def act(typed: inputs.Oubli) -> Answer:
        limits.count_sign_in(typed.identifiant)
        recuperation.ask(typed.identifiant, request_id=request_id())
        return _recuperation(forms.blank(), envoye=True)

    return forms.submit(inputs.Oubli, act, _recuperation)


def _recuperation(form: forms.Form[Any], *, envoye: bool = False) -> str:
    return render_template("compte/recuperation.html", form=form, envoye=envoye)


@compte.get("/recuperation/<token>")
def nouveau(token: str) -> str:
    """A new password, by the link that was sent; reading the page uses nothing up."""
    return render_template("compte/nouveau.html", form=forms.blank(), token=token)


@compte.post("/recuperation/<token>")
@without_key
def changer(token: str) -> Answer:
    """Sets it; every open session ends, and the person signs in."""
    form = forms.read(inputs.NouveauMotDePasse, request.form)
    if form.value is None:
        return render_template("compte/nouveau.html", form=form, token=token), 422
    try:
        preuve.recover(token, form.value.password)
    except Refused as refused:
        found = stuck("CONNEXION", request_id())
        page = render_template(
            "compte/nouveau.html",
            form=form.refuse(refused, _),
            token=token,
            blocage=found,
            voies=blocage.ways(""),
            jour=clock.today(),
        )
        return page, 422
    flash(_("Votre nouveau mot de passe est enregistré. Connectez-vous."), "ok")
    return redirect(url_for("compte.connexion"), 303)


@compte.get("/usurpation")
def contester() -> str:
    """« Ce compte n’est pas de moi »."""
    return _usurpation(forms.blank())


@compte.post("/usurpation")
@without_key
def reclamer() -> Answer:
    """Freezes the account that has this number or e-mail; the same page whether there is one or not (DEP-06)."""

    def act(said: inputs.Reclamation) -> Answer:
        limits.count_claim(said.identifiant)
        found = usurpation.claim(said, "/deposit/usurpation", clock.today(), request_id=request_id())
        voies = blocage.ways(said.prefecture)
        return render_template("compte/conteste.html", blocage=found, voies=voies, jour=clock.today())

    return forms.submit(inputs.Reclamation, act, _usurpation)


@compte.get("/compte/rouvrir")
def rouvrir() -> str:
    """« Mon compte est gelé et il est à moi »."""
    return _open_again(forms.blank())


@compte.post("/compte/rouvrir")
@without_key
def rouvert() -> Answer:
    """Opens it again by a password and a code, which serves once."""

    def act(said: inputs.Reouverture) -> Answer:
        essai.open_again(said, request_id=request_id())
        flash(_("Votre compte est de nouveau ouvert. Connectez-vous."), "ok")
        return redirect(url_for("compte.connexion"), 303)

    return forms.submit(inputs.Reouverture, act, _open_again)


def _open_again(form: forms.Form[Any]) -> str:
    return render_template(
        "compte/rouvrir.html",
        form=form,
        fournisseur=nom_du_fournisseur(),
        voies=blocage.ways(""),
        jours=usurpation.days_of_factor(clock.today()),
    )


def _usurpation(form: forms.Form[Any]) -> str:
    return render_template("compte/usurpation.html", form=form, departements=departements())
