"""The second factor: asked for after the password where it was chosen, chosen and given up in « Mon compte »."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import Field

from chassis import clock
from chassis.web import forms, limits, sessions
from chassis.web.idempotency import request_id, sans_cle
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import USAGER
from droit.decision import Refused
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import Answer, person, stuck
from services.deposit.compte.actions import comptes, preuve
from services.deposit.compte.actions import facteur as facteurs
from services.deposit.compte.pages import fournisseur

facteur = Blueprint("facteur", __name__)

# Addresses are short words; the codes are those of the store.
CHOIX = {"application": facteurs.APPLICATION, "papier": facteurs.PAPIER, "message": facteurs.MESSAGE}


class Code(Corps):
    """A code."""

    code: str = Field(title="Code", min_length=1, max_length=20)


class MotDePasse(Corps):
    """A password of one's own, whatever the way of signing in."""

    password: str = Field(title="Nouveau mot de passe", min_length=8, max_length=200)


def enter(usager: Any, suite: str, login: str, **data: str) -> Answer:
    """Opens the session of who has just shown a right password, or asks for the second factor that she chose."""
    if not facteurs.required(usager):
        limits.forget_sign_in(login)
        return _opened(usager.id, suite, data)
    response = make_response(redirect(url_for("facteur.demander"), 303))
    sessions.open_session(usager.id, comptes.A_CONFIRMER, response, {"suite": suite, "login": login, **data})
    if usager.facteur == facteurs.MESSAGE:
        facteurs.send_code(usager.id, request_id=clock.new_id())
    return response


@facteur.get("/connexion/code")
def demander() -> Answer:
    """The code after the password."""
    held = _awaiting()
    return redirect(url_for("compte.connexion"), 303) if held is None else _page(held, forms.blank())


@facteur.post("/connexion/code")
@sans_cle
def donner() -> Answer:
    """Opens the session; tries are counted as those of the password."""
    held = _awaiting()
    if held is None:
        return redirect(url_for("compte.connexion"), 303)
    form = forms.read(Code, request.form)
    if form.value is None:
        return _page(held, form), 422
    try:
        limits.count_sign_in(comptes.usager_by_id(held.subject).identifiant)
        facteurs.verify(held.subject, form.value.code, request_id=request_id())
    except Refused as refused:
        return _page(held, form.refuse(refused, _)), 401
    limits.forget_sign_in(str(held.data.get("login", "")))
    kept = {name: str(value) for name, value in held.data.items() if name not in ("suite", "login")}
    return _opened(held.subject, str(held.data.get("suite", "")), kept)


@facteur.post("/connexion/code/renvoyer")
@sans_cle
def renvoyer() -> Answer:
    """Another code by message."""
    held = _awaiting()
    if held is None:
        return redirect(url_for("compte.connexion"), 303)
    limits.count_sign_in(f"code:{held.subject}")
    facteurs.send_code(held.subject, request_id=request_id())
    flash(_("Un autre code part maintenant. Le code d’avant ne sert plus."), "ok")
    return redirect(url_for("facteur.demander"), 303)


@facteur.post("/connexion/code/blocage")
def sans_code() -> Answer:
    """« Je n’ai plus mes codes »: recorded, with where an identity check gives the account back today."""
    held = _awaiting()
    if held is None:
        return redirect(url_for("compte.connexion"), 303)
    found = stuck("CONNEXION", request_id())
    return _page(held, forms.blank(), blocage=found, voies=blocage.ways(""), jour=clock.today())


@facteur.get("/compte/connexions")
@require(USAGER)
def voir() -> str:
    """How I sign in: password, identity provider, second factor."""
    return _ways(forms.blank())


@facteur.post("/compte/mot-de-passe")
@require(USAGER)
def mot_de_passe() -> Answer:
    """A new password; other sessions end."""
    form = forms.read(MotDePasse, request.form)
    if form.value is None:
        return _ways(form), 422
    comptes.set_password(person().id, form.value.password, current_who(), request_id=request_id())
    flash(_("Votre nouveau mot de passe est enregistré. Connectez-vous."), "ok")
    return redirect(url_for("compte.connexion"), 303)


@facteur.get("/compte/second-facteur/<choix>")
@require(USAGER)
def choisir(choix: str) -> Answer:
    """What each second factor is, before anything begins."""
    return _choice(choix, forms.blank())


@facteur.post("/compte/second-facteur/<choix>/commencer")
@sans_cle
@require(USAGER)
def commencer(choix: str) -> Answer:
    """Gives the key, the sheet, or sends a first code; nothing is asked for yet."""
    usager, who, chosen = person(), current_who(), CHOIX.get(choix)
    shown: dict[str, Any] = {}
    try:
        if chosen == facteurs.APPLICATION:
            cle, adresse = facteurs.propose_application(usager.id, who, request_id=request_id())
            shown = {"cle": cle, "adresse": adresse}
        elif chosen == facteurs.PAPIER:
            shown = {"codes": preuve.give_codes(usager.id, who, request_id=request_id(), count=facteurs.FEUILLE)}
        elif chosen == facteurs.MESSAGE:
            limits.count_sign_in(f"code:{usager.id}")
            facteurs.send_code(usager.id, request_id=request_id())
    except Refused as refused:
        return _choice(choix, forms.blank().refuse(refused, _)), 422
    return _choice(choix, forms.blank(), commence=True, **shown)


@facteur.post("/compte/second-facteur/<choix>")
@sans_cle
@require(USAGER)
def confirmer(choix: str) -> Answer:
    """A first right code: it is asked for from now on."""
    form = forms.read(Code, request.form)
    if form.value is None:
        return _choice(choix, form, commence=True), 422
    usager = person()
    try:
        limits.count_sign_in(usager.identifiant)
        facteurs.choose(usager.id, CHOIX.get(choix, ""), form.value.code, current_who(), request_id=request_id())
    except Refused as refused:
        return _choice(choix, form.refuse(refused, _), commence=True), 422
    flash(_("C’est choisi : un code sera demandé à chaque connexion."), "ok")
    return redirect(url_for("facteur.voir"), 303)


@facteur.post("/compte/second-facteur/retirer")
@require(USAGER)
def retirer() -> Answer:
    """No second factor any more."""
    facteurs.give_up(person().id, current_who(), request_id=request_id())
    flash(_("La seconde vérification est retirée. Votre mot de passe suffit."), "ok")
    return redirect(url_for("facteur.voir"), 303)


def _opened(usager_id: str, suite: str, data: dict[str, str]) -> Answer:
    response = make_response(redirect(suite or url_for("espace.accueil"), 303))
    sessions.open_session(usager_id, USAGER, response, data)
    return response


def _awaiting() -> sessions.Session | None:
    held = sessions.current_session()
    return held if held is not None and held.kind == comptes.A_CONFIRMER else None


def _page(held: sessions.Session, form: forms.Form[Code], **more: Any) -> str:
    usager = comptes.usager_by_id(held.subject)
    return render_template("compte/code.html", form=form, facteur=usager.facteur, **{"blocage": None, **more})


def _ways(form: forms.Form[MotDePasse]) -> str:
    return render_template("compte/connexions.html", form=form, usager=person(), fournisseur=fournisseur.nom())


def _choice(choix: str, form: forms.Form[Code], **more: Any) -> Answer:
    if choix not in CHOIX:
        return redirect(url_for("facteur.voir"), 303)
    return render_template("compte/second_facteur.html", form=form, choix=choix, **{"commence": False, **more})
