"""What anybody may do without signing in: write to the centre, follow a ticket, read a card, check an attestation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from chassis import clock
from chassis.web import forms
from chassis.web.files import disposition
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who
from chassis.web.inputs import Corps, JourCivil
from chassis.web.uploads import max_body
from droit.decision import Refused
from services.ccc.actions import acces, appels, attestations, contacts, fiches, file_attente, pieces, prefectures
from services.ccc.actions import saisines as actions
from services.ccc.rules import etats

pages = Blueprint("public", __name__, url_prefix="")
Answer = str | tuple[str, int] | Response | AnyResponse

BODY_BYTES = 30 * 1024 * 1024


class Question(Corps):
    """A ticket by form: only the words are needed."""

    categorie: str = Field(title="De quoi s’agit-il ?", pattern="^(TELEPROCEDURE|INFORMATION|SUIVI|AUTRE)$")
    precis: str = Field(title="Que se passe-t-il ?", min_length=1, max_length=4000)
    symptome: int = Field(default=0, ge=0, le=13)
    etape: str = Field(default="", max_length=200)
    prefecture: str = Field(default="", max_length=3)
    choix: str = Field(default="", max_length=100)
    nom: str = Field(default="", max_length=200)
    prenoms: str = Field(default="", max_length=200)
    courriel: str = Field(default="", max_length=254)
    telephone: str = Field(default="", max_length=40)
    premiere_tentative: JourCivil | None = None
    fin_droit: JourCivil | None = None
    objection: bool = False


class Suite(Corps):
    """What the person adds to her ticket."""

    texte: str = Field(title="Votre message", min_length=1, max_length=10000)


class Vaines(Corps):
    """Vain attempts, as the person tells them."""

    joignable: str = Field(title="Votre téléphone ou votre adresse e-mail", min_length=3, max_length=200)
    prefecture: str = Field(default="", max_length=3)
    fois: int = Field(title="Combien de fois ?", ge=1, le=30)


@pages.get("/")
def accueil() -> str:
    return render_template("ccc/accueil.html")


@pages.get("/ecrire")
def ecrire() -> str:
    return _ask(forms.blank(categorie=request.args.get("categorie", "")))


@pages.post("/ecrire")
@max_body(BODY_BYTES)
def envoyer() -> Answer:
    form = forms.read(Question, request.form)
    if form.value is None:
        return _ask(form), 422
    try:
        saisine = actions.ouvrir(_opening(form.value), current_who(), request_id=request_id())
    except Refused as refused:
        return _ask(form.refuse(refused, gettext)), 422
    session["recue"] = True
    return redirect(url_for("public.suivi", cle=saisine.suivi_cle, recue=1), 303)


@pages.get("/suivi")
def chercher() -> str:
    return render_template("ccc/chercher.html")


@pages.get("/suivi/<cle>")
def suivi(cle: str) -> str:
    return _follow(cle, forms.blank())


@pages.post("/suivi/<cle>/messages")
@max_body(BODY_BYTES)
def ajouter(cle: str) -> Answer:
    saisine = acces.access_suivi(cle)
    form = forms.read(Suite, request.form)
    if form.value is None:
        return _follow(cle, form), 422
    joined = pieces.take(request.files.getlist("captures"))
    actions.continuer(saisine.id, actions.Suite(form.value.texte, joined), request_id=request_id())
    flash(gettext("Votre message est ajouté, à sa date. La référence reste la même."), "ok")
    return redirect(url_for("public.suivi", cle=cle), 303)


@pages.post("/suivi/<cle>/non-regle")
def non_regle(cle: str) -> Answer:
    saisine = actions.rouvrir(acces.access_suivi(cle).id, request_id=request_id())
    flash(gettext("Votre demande est rouverte, au niveau %(niveau)s.", niveau=saisine.niveau), "ok")
    return redirect(url_for("public.suivi", cle=cle), 303)


@pages.post("/suivi/<cle>/regle")
def regle(cle: str) -> Answer:
    actions.regler(acces.access_suivi(cle).id, request_id=request_id())
    flash(gettext("Merci. Votre demande est terminée ; vous pouvez la rouvrir ici."), "ok")
    return redirect(url_for("public.suivi", cle=cle), 303)


@pages.get("/suivi/<cle>/attestation.pdf")
def attestation(cle: str) -> Response:
    """The paper of whoever holds the link of her ticket."""
    saisine = acces.access_suivi(cle)
    if not saisine.papiers:
        raise Refused(attestations.ATTESTATION_INCONNUE)
    response = make_response(attestations.PAPIERS.draw(saisine.papiers[-1].numero))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = disposition("attestation-de-blocage.pdf")
    return response


@pages.get("/appel-sans-reponse")
def sans_reponse() -> str:
    return _vain(forms.blank())


@pages.post("/appel-sans-reponse")
def declarer() -> Answer:
    form = forms.read(Vaines, request.form)
    if form.value is None:
        return _vain(form), 422
    said, today = form.value, clock.today()
    days: list[date] = [today] * said.fois
    reference, number = appels.declare_vain(said.joignable, said.prefecture, days, request_id=request_id())
    ways = prefectures.modalites(said.prefecture, today)
    return render_template("ccc/sans_reponse_note.html", reference=reference, nombre=number, voies=ways, jour=today)


@pages.get("/fiches")
def chercher_fiches() -> str:
    text = request.args.get("q", "")[:200]
    return render_template("ccc/fiches.html", q=text, fiches=fiches.search(text))


@pages.get("/fiches/<fiche_id>")
def fiche(fiche_id: str) -> str:
    return render_template("ccc/fiche.html", fiche=fiches.find(fiche_id))


@pages.get("/documents")
def verifier() -> Answer:
    """Anybody checks one of our papers by its reference."""
    typed = request.args.get("reference", "")
    if not typed:
        return render_template("ccc/verifier.html", form=forms.blank(), verdict=None)
    form = forms.blank(reference=typed)
    try:
        verdict = attestations.PAPIERS.check(typed)
    except Refused as refused:
        return render_template("ccc/verifier.html", form=form.refuse(refused, gettext), verdict=None), 422
    return render_template("ccc/verifier.html", form=form, verdict=verdict)


@pages.get("/chiffres")
def chiffres() -> str:
    found = file_attente.public_figures()
    return render_template("ccc/chiffres.html", chiffres=found, categories=etats.CATEGORIES, canaux=etats.CANAUX)


def _opening(asked: Question) -> actions.Ouverture:
    return actions.Ouverture(
        canal=etats.FORMULAIRE,
        precis=asked.precis,
        categorie=asked.categorie,
        symptome=asked.symptome,
        etape=asked.etape,
        navigateur=request.user_agent.string[:300],
        prefecture=asked.prefecture if prefectures.is_prefecture(asked.prefecture) else "",
        choix=asked.choix,
        nom=asked.nom,
        prenoms=asked.prenoms,
        courriel=contacts.read_courriel(asked.courriel),
        telephone=contacts.read_telephone(asked.telephone),
        premiere_tentative=_past(asked.premiere_tentative),
        fin_droit=asked.fin_droit,
        objection=asked.objection,
        captures=pieces.take(request.files.getlist("captures")),
    )


def _past(day: date | None) -> date | None:
    """A first attempt is never later than today, nor so old that it is a slip of the pen."""
    today = clock.today()
    return day if day and today - timedelta(days=3650) <= day <= today else None


def _ask(form: forms.Form[Any]) -> str:
    return render_template(
        "ccc/ecrire.html",
        form=form,
        categories=list(etats.CATEGORIES.items()),
        symptomes=list(etats.SYMPTOMES.items()),
        prefectures=prefectures.departements(),
        demarches=prefectures.demarches(),
    )


def _vain(form: forms.Form[Any]) -> str:
    return render_template("ccc/sans_reponse.html", form=form, prefectures=prefectures.departements())


def _follow(cle: str, form: forms.Form[Any]) -> str:
    saisine = acces.access_suivi(cle)
    return render_template(
        "ccc/suivi.html",
        saisine=saisine,
        messages=file_attente.thread(saisine.id),
        appels=[appel for appel in appels.calls_of(saisine.id) if appel.code and not appel.resultat],
        voies=prefectures.modalites(saisine.prefecture, clock.today()),
        etats=etats,
        form=form,
        recue="recue" in request.args,
    )
