"""The second factor: asked for after the password where it was chosen, chosen and given up in « Mon compte »."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from chassis import clock
from chassis.web import forms, guessing, limits, observe, refusals, sessions
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.who import USAGER
from droit.decision import Refused
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import person, stuck
from services.deposit.compte import inputs
from services.deposit.compte.actions import comptes, presence
from services.deposit.compte.actions import facteur as facteurs
from services.deposit.compte.pages import fournisseur

if TYPE_CHECKING:
    from services.deposit.dossier.store.usager import Usager

facteur = Blueprint("facteur", __name__)

# A sign-in that everybody is asked for a code at.
DOUTE = "doute"
# Addresses are short words; the codes are those of the store.
CHOIX = {"application": facteurs.APPLICATION, "papier": facteurs.PAPIER, "message": facteurs.MESSAGE}


def enter(usager: Usager, suite: str, *, doubted: bool = False, **data: str) -> Answer:
    """Opens the session of who has just shown a right password, or asks for the second factor that she chose.

    `doubted`: a second factor is asked of her all the same, as of whoever comes (`chassis/web/guessing.py`).
    """
    if not facteurs.required(usager, doubted=doubted):
        return _opened(usager, suite, data)
    if facteurs.by_message(usager):
        facteurs.send_code(usager.id, request_id=clock.new_id())
    return _asked(usager.id, {"suite": suite, **data, **({DOUTE: "oui"} if doubted else {})})


def ask_whoever_comes(suite: str) -> Answer:
    """The same page for a wrong password, where everybody is asked for a code: no code that is given there is right."""
    return _asked("", {"suite": suite, DOUTE: "oui"})


def _asked(usager_id: str, data: dict[str, str]) -> Answer:
    response = make_response(redirect(url_for("facteur.demander"), 303))
    sessions.open_session(usager_id, comptes.A_CONFIRMER, response, data)
    return response


@facteur.get("/connexion/code")
def demander() -> Answer:
    """The code after the password."""
    session = _awaiting()
    return redirect(url_for("compte.connexion"), 303) if session is None else _page(session, forms.blank())


@facteur.post("/connexion/code")
@without_key
def donner() -> Answer:
    """Opens the session; tries are counted as those of the password."""
    session = _awaiting()
    if session is None:
        return redirect(url_for("compte.connexion"), 303)
    form = forms.read(inputs.Code, request.form)
    if form.value is None:
        return _page(session, form), 422
    try:
        limits.count_sign_in(f"code:{session.subject or session.hash}")
        usager = _verified(session, form.value.code)
    except Refused as refused:
        observe.note_sign_in("refused", by="code")
        return _page(session, form.refuse(refused, _)), 401
    kept = {name: str(value) for name, value in session.data.items() if name not in ("suite", DOUTE)}
    return _opened(usager, str(session.data.get("suite", "")), kept)


def _verified(session: sessions.Session, code: str) -> Usager:
    if not session.subject:
        raise Refused(facteurs.CODE_DE_CONNEXION_REFUSE, champ="code")
    return facteurs.verify(session.subject, code, request_id=request_id(), sent=DOUTE in session.data)


@facteur.post("/connexion/code/renvoyer")
@without_key
def renvoyer() -> Answer:
    """Another code by message."""
    session = _awaiting()
    if session is None:
        return redirect(url_for("compte.connexion"), 303)
    limits.count_sign_in(f"renvoi:{session.subject or session.hash}")
    if session.subject:
        facteurs.send_code(session.subject, request_id=request_id())
    flash(_("Un autre code part maintenant. Le code d’avant ne sert plus."), "ok")
    return redirect(url_for("facteur.demander"), 303)


@facteur.post("/connexion/code/blocage")
def sans_code() -> Answer:
    """« Je n’ai plus mes codes »: recorded, with where an identity check gives the account back today."""
    session = _awaiting()
    if session is None:
        return redirect(url_for("compte.connexion"), 303)
    found = stuck("CONNEXION", request_id())
    return _page(session, forms.blank(), blocage=found, voies=blocage.ways(""), jour=clock.today())


@facteur.get("/compte/connexions")
@require(USAGER)
def voir() -> str:
    """How I sign in: password, identity provider, second factor."""
    return ways(forms.blank())


@facteur.post("/compte/mot-de-passe")
@require(USAGER)
def mot_de_passe() -> Answer:
    """A new password; other sessions end."""

    def act(typed: inputs.MotDePasseChange) -> Answer:
        limits.count_sign_in(f"preuve:{current_who().id}")
        presence.change_password(typed, current_who(), request_id=request_id())
        flash(_("Votre nouveau mot de passe est enregistré. Connectez-vous."), "ok")
        return redirect(url_for("compte.connexion"), 303)

    return forms.submit(inputs.MotDePasseChange, act, ways)


@facteur.get("/compte/second-facteur/<choix>")
@require(USAGER)
def choisir(choix: str) -> Answer:
    """What each second factor is, before anything begins."""
    if choix not in CHOIX:
        return redirect(url_for("facteur.voir"), 303)
    return _choice(choix, forms.blank())


@facteur.post("/compte/second-facteur/<choix>/commencer")
@without_key
@require(USAGER)
def commencer(choix: str) -> Answer:
    """Gives the key, the sheet, or sends a first code, on a proof that it is she; no code is asked for yet."""
    if choix not in CHOIX:
        raise Refused(refusals.INTROUVABLE)

    def act(said: inputs.Presence) -> Answer:
        limits.count_sign_in(f"preuve:{current_who().id}")
        shown = presence.begin_factor(CHOIX[choix], said, current_who(), request_id=request_id())
        return _choice(choix, forms.blank(), commence=True, **shown)

    return forms.submit(inputs.Presence, act, partial(_choice, choix))


@facteur.post("/compte/second-facteur/<choix>")
@without_key
@require(USAGER)
def confirmer(choix: str) -> Answer:
    """A first right code: it is asked for from now on."""

    def act(typed: inputs.Code) -> Answer:
        usager = person()
        limits.count_sign_in(usager.identifiant)
        facteurs.choose(usager.id, CHOIX.get(choix, ""), typed.code, current_who(), request_id=request_id())
        flash(_("C’est choisi : un code sera demandé à chaque connexion."), "ok")
        return redirect(url_for("facteur.voir"), 303)

    return forms.submit(inputs.Code, act, partial(_choice, choix, commence=True))


@facteur.post("/compte/second-facteur/retirer")
@require(USAGER)
def retirer() -> Answer:
    """No second factor any more."""

    def act(typed: inputs.Presence) -> Answer:
        limits.count_sign_in(f"preuve:{current_who().id}")
        presence.give_up_factor(typed, current_who(), request_id=request_id())
        flash(_("La seconde vérification est retirée. Votre mot de passe suffit."), "ok")
        return redirect(url_for("facteur.voir"), 303)

    return forms.submit(inputs.Presence, act, ways)


def _opened(usager: Usager, suite: str, data: dict[str, str]) -> Answer:
    response = make_response(redirect(suite or url_for("espace.accueil"), 303))
    sessions.open_session(usager.id, USAGER, response, data)
    guessing.passed(usager.id, usager.password_hash, response)
    return response


def _awaiting() -> sessions.Session | None:
    session = sessions.current_session()
    return session if session is not None and session.kind == comptes.A_CONFIRMER else None


def _page(session: sessions.Session, form: forms.Form[inputs.Code], **more: Any) -> str:
    facteur = DOUTE if DOUTE in session.data else comptes.usager_by_id(session.subject).facteur
    return render_template("compte/code.html", form=form, facteur=facteur, **{"blocage": None, **more})


def ways(form: forms.Form[Any]) -> str:
    """The page « Comment je me connecte », with what was refused of one of its forms."""
    return render_template("compte/connexions.html", form=form, usager=person(), fournisseur=fournisseur.nom())


def _choice(choix: str, form: forms.Form[Any], *, commence: bool = False, **more: Any) -> str:
    if choix not in CHOIX:
        raise Refused(refusals.INTROUVABLE)
    asked = presence.is_asked(person())
    return render_template(
        "compte/second_facteur.html", form=form, choix=choix, commence=commence, preuve_demandee=asked, **more
    )
