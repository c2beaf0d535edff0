"""The account: open with or without number or e-mail, sign in, recover. No path ends in a message alone."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import Field, field_validator

from chassis import clock
from chassis.web import forms, limits, sessions
from chassis.web.idempotency import request_id, sans_cle
from chassis.web.identity import require
from chassis.web.inputs import Corps, JourCivil
from chassis.web.who import USAGER, Who
from droit.decision import Genre, Refused
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import Answer, lines, person, stuck
from services.deposit.compte.actions import comptes, identites, preuve, recuperation, usurpation
from services.deposit.compte.actions.comptes import Identite
from services.deposit.compte.pages import facteur, franceconnect
from services.deposit.compte.pages.fournisseur import nom as nom_du_fournisseur
from services.deposit.dossier.actions import acces
from services.deposit.dossier.actions.prefectures import departements

compte = Blueprint("compte", __name__)

PASSWORD_MIN = 8


class Ouverture(Corps):
    """An account: name, day of birth and a password are all that is needed (DEP-02, DEP-09)."""

    nom: str = Field(title="Nom de famille", min_length=1, max_length=200)
    prenoms: str = Field(title="Prénoms", default="", max_length=200)
    naissance_date: JourCivil = Field(title="Date de naissance")
    nationalite: str = Field(title="Nationalité", default="", max_length=80)
    numero_etranger: str = Field(title="Numéro étranger", default="", max_length=20)
    prefecture: str = Field(title="Département", default="", max_length=3)
    courriel: str = Field(title="Adresse e-mail", default="", max_length=254)
    telephone: str = Field(title="Téléphone", default="", max_length=40)
    adresse: str = Field(title="Adresse postale", default="", max_length=800)
    password: str = Field(title="Mot de passe", min_length=PASSWORD_MIN, max_length=200)

    @field_validator("naissance_date")
    @classmethod
    def _born(cls, value: object) -> object:
        if str(value) > clock.today().isoformat():
            raise ValueError("Cette date est dans le futur.")
        return value


class Connexion(Corps):
    """Identifier, number or e-mail, with the password."""

    identifiant: str = Field(title="Identifiant", min_length=1, max_length=254)
    password: str = Field(title="Mot de passe", min_length=1, max_length=200)


class Demande(Corps):
    """Whose password is lost."""

    identifiant: str = Field(title="Identifiant", min_length=1, max_length=254)


class Reclamation(Corps):
    """Which account is not hers, and how she can be reached."""

    identifiant: str = Field(title="Numéro étranger ou adresse e-mail du compte", min_length=3, max_length=254)
    nom: str = Field(title="Votre nom", default="", max_length=200)
    contact: str = Field(title="Téléphone ou adresse e-mail à vous", default="", max_length=254)
    prefecture: str = Field(title="Département", default="", max_length=3)


class Nouveau(Corps):
    """A new password."""

    password: str = Field(title="Nouveau mot de passe", min_length=PASSWORD_MIN, max_length=200)


@compte.get("/connexion")
def connexion() -> str:
    """Sign in by what one has: identifier, number or e-mail."""
    return _connexion(forms.blank(), _local(request.args.get("suite", "")))


@compte.post("/connexion")
@sans_cle
def connecter() -> Answer:
    """Opens a session; the same refusal whoever it is."""
    suite = _local(request.args.get("suite", ""))
    form = forms.read(Connexion, request.form)
    if form.value is None:
        return _connexion(form, suite), 422
    try:
        limits.count_sign_in(form.value.identifiant)
        usager = comptes.authenticate(form.value.identifiant, form.value.password)
        acces.access_usager(usager.id, Who(kind=USAGER, id=usager.id))
    except Refused as refused:
        return _connexion(form.refuse(refused, _), suite), 401
    return facteur.enter(usager, suite, form.value.identifiant)


def _connexion(form: forms.Form[Connexion], suite: str) -> str:
    return render_template("compte/connexion.html", form=form, suite=suite, fournisseur=nom_du_fournisseur())


@compte.post("/connexion/blocage")
def connexion_impossible() -> str:
    """« Je n’arrive pas à me connecter »: recorded here, with the ways out (SUB-04)."""
    found = stuck("CONNEXION", request_id())
    page = render_template("compte/bloque.html", blocage=found, voies=blocage.ways(""), jour=clock.today())
    return str(page)


@compte.post("/deconnexion")
@sans_cle
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
@sans_cle
def creer() -> Answer:
    """Opens the account and the session. When one exists already, this very page is the way out (DEP-03)."""
    form = forms.read(Ouverture, request.form)
    if form.value is None:
        return render_template("compte/ouvrir.html", form=form, departements=departements()), 422
    said = form.value
    identite = Identite(
        nom=said.nom,
        naissance=said.naissance_date,
        prenoms=said.prenoms,
        nationalite=said.nationalite,
        numero_etranger=said.numero_etranger,
        courriel=said.courriel,
        telephone=said.telephone,
        adresse=lines(said.adresse),
        prefecture=said.prefecture,
    )
    try:
        usager = comptes.open_account(identite, said.password, request_id=request_id())
    except Refused as refused:
        if refused.motif.genre == Genre.INVALIDE:
            form = form.refuse(refused, _)
            return render_template("compte/ouvrir.html", form=form, departements=departements()), 422
        symptome = "COMPTE_EXISTANT" if refused.motif.code == comptes.COMPTE_EXISTANT.code else "COMPTE_IMPOSSIBLE"
        found = stuck(symptome, request_id(), contact=said.telephone or said.courriel, prefecture=said.prefecture)
        page = render_template(
            "compte/existant.html",
            refus=refused.motif,
            blocage=found,
            voies=blocage.ways(said.prefecture),
            jour=clock.today(),
            dit={
                "identifiant": said.numero_etranger or said.courriel,
                "nom": said.nom,
                "contact": said.telephone or said.courriel,
                "prefecture": said.prefecture,
            },
        )
        return page, 409
    response = make_response(redirect(url_for("compte.ouvert"), 303))
    sessions.open_session(usager.id, USAGER, response)
    return response


@compte.get("/comptes/ouvert")
@require(USAGER)
def ouvert() -> str:
    """The identifier to keep: the only thing needed to sign in without number or e-mail."""
    return render_template("compte/ouvert.html", usager=person())


@compte.get("/recuperation", endpoint="recuperation")
def recuperation_page() -> str:
    """A lost password."""
    return render_template("compte/recuperation.html", form=forms.blank(), envoye=False)


@compte.post("/recuperation")
@sans_cle
def recuperer() -> Answer:
    """The same page whether the account exists or not."""
    form = forms.read(Demande, request.form)
    if form.value is None:
        return render_template("compte/recuperation.html", form=form, envoye=False), 422
    try:
        limits.count_sign_in(form.value.identifiant)
    except Refused as refused:
        return render_template("compte/recuperation.html", form=form.refuse(refused, _), envoye=False), 429
    recuperation.ask(form.value.identifiant, request_id=request_id())
    return render_template("compte/recuperation.html", form=forms.blank(), envoye=True)


@compte.get("/recuperation/<token>")
def nouveau(token: str) -> str:
    """A new password, by the link that was sent; reading the page uses nothing up."""
    return render_template("compte/nouveau.html", form=forms.blank(), token=token)


@compte.post("/recuperation/<token>")
@sans_cle
def changer(token: str) -> Answer:
    """Sets it; every open session ends, and the person signs in."""
    form = forms.read(Nouveau, request.form)
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


@compte.post("/compte/proteger")
@require(USAGER)
def proteger() -> Answer:
    """« Quelqu’un me menace » : the person protects her own account; a desk takes it away, on her paper (DEP-08)."""
    usager = person()
    identites.protect(usager.id, True, by=f"usager:{usager.id}", request_id=request_id())
    flash(_("Votre compte est protégé : les messages ne disent plus rien de vos démarches."), "ok")
    return redirect(url_for("facteur.voir"), 303)


@compte.get("/usurpation")
def contester() -> str:
    """« Ce compte n’est pas de moi »."""
    return _usurpation(forms.blank())


@compte.post("/usurpation")
@sans_cle
def reclamer() -> Answer:
    """Freezes the account that has this number or e-mail; the same page whether there is one or not (DEP-06)."""
    form = forms.read(Reclamation, request.form)
    if form.value is None:
        return _usurpation(form), 422
    said = form.value
    try:
        limits.count_sign_in(said.identifiant)
    except Refused as refused:
        return _usurpation(form.refuse(refused, _)), 429
    found = usurpation.claim(
        said.identifiant,
        {"prefecture": said.prefecture, "contact": said.contact, "precis": said.nom, "page": "/deposit/usurpation"},
        clock.today(),
        request_id=request_id(),
    )
    return render_template(
        "compte/conteste.html", blocage=found, voies=blocage.ways(said.prefecture), jour=clock.today()
    )


def _usurpation(form: forms.Form[Reclamation]) -> str:
    return render_template("compte/usurpation.html", form=form, departements=departements())


def _local(address: str) -> str:
    """A page of this service and nothing else: a link of a stranger must not take people elsewhere after a sign-in."""
    parts = urlsplit(address)
    return address if address.startswith("/deposit/") and not parts.netloc and not parts.scheme else ""
