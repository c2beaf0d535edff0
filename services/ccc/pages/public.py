"""What anybody may do without signing in: write to the centre, follow a ticket, read a card, check an attestation."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext

from chassis import clock
from chassis.web import forms
from chassis.web.admission import LIST, ranked
from chassis.web.files import disposition
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who
from chassis.web.uploads import max_body
from droit.decision import Refused
from services.ccc import inputs
from services.ccc.actions import (
    acces,
    appels,
    attestations,
    contacts,
    fiches,
    file_attente,
    pieces,
    prefectures,
    suites,
    touchees,
)
from services.ccc.actions import saisines as actions
from services.ccc.rules import etats

pages = Blueprint("public", __name__, url_prefix="")

BODY_BYTES = 30 * 1024 * 1024


@pages.get("/")
def accueil() -> str:
    return render_template("ccc/accueil.html", reference=request.args.get("blocage", "")[:20])


@pages.get("/ecrire")
def ecrire() -> str:
    """The form; whoever comes from a blocage brings its reference."""
    brought = {name: request.args.get(name, "")[:20] for name in ("categorie", "blocage")}
    return _ask(forms.blank(**brought))


@pages.post("/ecrire")
@max_body(BODY_BYTES)
def envoyer() -> Answer:
    def act(typed: inputs.NouvelleSaisine) -> Answer:
        asked = actions.opening(typed, etats.FORMULAIRE, navigateur=request.user_agent.string)
        sent = pieces.of_form(request.files.getlist("captures"))
        asked = replace(asked, captures=sent.kept)
        saisine = actions.open_saisine(asked, current_who(), request_id=request_id())
        pieces.tell_left_out(saisine.id, sent.left_out, request_id=f"{request_id()}:non-gardes")
        session["recue"] = True
        return redirect(url_for("public.suivi", cle=saisine.suivi_cle, recue=1), 303)

    return forms.submit(inputs.NouvelleSaisine, act, _ask)


@pages.get("/suivi")
def chercher() -> str:
    return render_template("ccc/chercher.html")


@pages.get("/suivi/<cle>")
def suivi(cle: str) -> str:
    return _follow(cle, forms.blank())


@pages.post("/suivi/<cle>/messages")
@max_body(BODY_BYTES)
def ajouter(cle: str) -> Answer:
    def act(typed: inputs.Ajout) -> Answer:
        sent = pieces.of_form(request.files.getlist("captures"))
        saisine = acces.access_suivi(cle)
        suites.write_again(saisine.id, suites.Suite(typed.texte, sent.kept), request_id=request_id())
        pieces.tell_left_out(saisine.id, sent.left_out, request_id=f"{request_id()}:non-gardes")
        flash(gettext("Votre message est ajouté, à sa date. La référence reste la même."), "ok")
        return redirect(url_for("public.suivi", cle=cle), 303)

    return forms.submit(inputs.Ajout, act, partial(_follow, cle))


@pages.post("/suivi/<cle>/non-regle")
def non_regle(cle: str) -> Answer:
    saisine = suites.reopen(acces.access_suivi(cle).id, request_id=request_id())
    flash(gettext("Votre demande est rouverte, au niveau %(niveau)s.", niveau=saisine.niveau), "ok")
    return redirect(url_for("public.suivi", cle=cle), 303)


@pages.post("/suivi/<cle>/opposition")
def opposer(cle: str) -> Answer:
    suites.object_to_copy(acces.access_suivi(cle).id, request_id=request_id())
    flash(gettext("C’est noté : aucun bureau de votre préfecture ne montre plus cette demande."), "ok")
    return redirect(url_for("public.suivi", cle=cle), 303)


@pages.post("/suivi/<cle>/regle")
def regle(cle: str) -> Answer:
    suites.mark_solved(acces.access_suivi(cle).id, request_id=request_id())
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
    def act(typed: inputs.Tentatives) -> Answer:
        reference, number = appels.declare_vain(typed, request_id=request_id())
        today = clock.today()
        ways = prefectures.modalites(typed.prefecture, today)
        return render_template("ccc/sans_reponse_note.html", reference=reference, nombre=number, voies=ways, jour=today)

    return forms.submit(inputs.Tentatives, act, _vain)


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
@ranked(LIST)
def chiffres() -> str:
    found = file_attente.public_figures()
    return render_template("ccc/chiffres.html", chiffres=found, etats=etats, agents=())


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
        avant=file_attente.before(saisine),
        prefecture=contacts.prefecture_in_words(saisine),
        nouvelle=touchees.news_of(saisine),
        form=form,
        recue="recue" in request.args,
    )
