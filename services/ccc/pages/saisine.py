"""A ticket on the desk: thread, person, suggestions, and the acts with what each will send."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from chassis import clock
from chassis.web import forms
from chassis.web.files import download
from chassis.web.forms import Answer
from chassis.web.headers import max_body
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.uploads import FORM_BYTES
from chassis.web.who import AGENT
from droit.decision import Refused
from personne.protegee import CONTENU_MASQUE
from promesse.actions import GENRES
from services.ccc import inputs
from services.ccc.actions import (
    acces,
    anomalies,
    appels,
    attestations,
    contacts,
    dossiers,
    fiches,
    file_attente,
    leves,
    orientations,
    pieces,
    promesses,
    saisines,
    suites,
)
from services.ccc.actions import reponses as actions
from services.ccc.actions.acces import ACTES as ACTS
from services.ccc.rules import etats

pages = Blueprint("saisine", __name__, url_prefix="/agents/saisines/<saisine_id>")


@pages.get("")
@require(AGENT)
def fiche(saisine_id: str) -> str:
    return _show(saisine_id, forms.blank())


@pages.get("/pieces/<cle>")
@require(AGENT)
def piece(saisine_id: str, cle: str) -> Response:
    saisine = acces.access_saisine(saisine_id, current_who(), ACTS["LIRE"])
    if pieces.hides(saisine, current_who()):
        raise Refused(CONTENU_MASQUE)
    found = pieces.of_ticket(saisine, cle)
    return download(pieces.files(), found.cle, found.nom, found.media_type, inline=True)


@pages.post("/apercu")
@require(AGENT)
def apercu(saisine_id: str) -> Answer:
    """What the answer will look like to the person, before it is sent."""
    form = forms.read(inputs.Reponse, request.form)
    if form.value is None:
        return _show(saisine_id, form), 422
    return render_template(
        "ccc/apercu.html",
        saisine=acces.access_saisine(saisine_id, current_who(), ACTS["REPONDRE"]),
        form=form,
        texte=actions.answer_in_words(form.value),
        qui=etats.QUI_REPOND,
        issue=etats.ISSUES.get(form.value.issue, ""),
    )


@pages.post("/reponse")
@require(AGENT)
def repondre(saisine_id: str) -> Answer:
    def act(typed: inputs.Reponse) -> Answer:
        actions.answer(saisine_id, typed, current_who(), request_id=request_id())
        return _back_to_ticket(saisine_id, gettext("La réponse est partie."))

    return forms.submit(inputs.Reponse, act, partial(_show, saisine_id))


@pages.post("/reformulation")
@require(AGENT)
def reformuler(saisine_id: str) -> Answer:
    def act(typed: inputs.Question) -> Answer:
        actions.ask_again(saisine_id, typed, current_who(), request_id=request_id())
        return _back_to_ticket(saisine_id, gettext("La question est partie. Le délai d’attestation continue."))

    return forms.submit(inputs.Question, act, partial(_show, saisine_id))


@pages.post("/categorie")
@require(AGENT)
def qualifier(saisine_id: str) -> Answer:
    def act(typed: inputs.Qualification) -> Answer:
        saisines.qualify(saisine_id, typed.categorie, typed.symptome, current_who(), request_id=request_id())
        return _back_to_ticket(saisine_id, gettext("Le sujet est changé."))

    return forms.submit(inputs.Qualification, act, partial(_show, saisine_id))


@pages.post("/anomalie")
@require(AGENT)
def reconnaitre(saisine_id: str) -> Answer:
    def act(typed: inputs.AnomalieReconnue) -> Answer:
        suites.recognise(saisine_id, typed.code, current_who(), request_id=request_id())
        text = gettext("L’anomalie est reconnue ; la personne est orientée vers une autre façon de faire.")
        return _back_to_ticket(saisine_id, text)

    return forms.submit(inputs.AnomalieReconnue, act, partial(_show, saisine_id))


@pages.post("/attestation")
@require(AGENT)
def attester(saisine_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        attestations.attest(saisine_id, current_who(), request_id=request_id())
        return _back_to_ticket(
            saisine_id, gettext("L’attestation est partie, avec les façons de faire de la préfecture.")
        )

    return forms.submit(forms.Nothing, act, partial(_show, saisine_id))


@pages.post("/levee")
@max_body(FORM_BYTES)
@require(AGENT)
def lever(saisine_id: str) -> Answer:
    def act(typed: inputs.Levee) -> Answer:
        who, sent = current_who(), request.files.get("fichier")
        joined = leves.join_proof(saisine_id, sent, who) if sent and sent.filename else None
        leves.ask_act(saisine_id, typed, who, joined, request_id=request_id())
        return _back_to_ticket(saisine_id, gettext("L’acte est demandé ; il s’affiche ici dès qu’il est fait."))

    return forms.submit(inputs.Levee, act, partial(_show, saisine_id))


@pages.post("/demande")
@require(AGENT)
def rattacher(saisine_id: str) -> Answer:
    def act(typed: inputs.Rattachement) -> Answer:
        dossiers.bind(saisine_id, typed.demande, current_who(), request_id=request_id())
        return _back_to_ticket(saisine_id, gettext("La demande est liée : le délai contre la personne s’arrête."))

    return forms.submit(inputs.Rattachement, act, partial(_show, saisine_id))


@pages.post("/orienter")
@require(AGENT)
def orienter(saisine_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        orientations.to_pan(saisine_id, current_who(), request_id=request_id())
        return _back_to_ticket(saisine_id, gettext("Les points d’accueil de son département lui sont envoyés."))

    return forms.submit(forms.Nothing, act, partial(_show, saisine_id))


@pages.post("/ouvrir-voie")
@require(AGENT)
def ouvrir_voie(saisine_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        orientations.open_voie(saisine_id, current_who(), request_id=request_id())
        return _back_to_ticket(
            saisine_id, gettext("C’est demandé ; la référence s’affiche ici, et la personne reçoit sa convocation.")
        )

    return forms.submit(forms.Nothing, act, partial(_show, saisine_id))


@pages.post("/envoyer-etat")
@require(AGENT)
def envoyer_etat(saisine_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        orientations.send_state(saisine_id, current_who(), request_id=request_id())
        return _back_to_ticket(saisine_id, gettext("L’état de sa demande lui est envoyé."))

    return forms.submit(forms.Nothing, act, partial(_show, saisine_id))


@pages.post("/redonner")
@require(AGENT)
def redonner(saisine_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        orientations.send_link(saisine_id, current_who(), request_id=request_id())
        return _back_to_ticket(saisine_id, gettext("Le lien de cette demande part de nouveau."))

    return forms.submit(forms.Nothing, act, partial(_show, saisine_id))


@pages.post("/promesses")
@require(AGENT)
def promettre(saisine_id: str) -> Answer:
    def act(typed: inputs.Parole) -> Answer:
        promesses.promise(saisine_id, typed, current_who(), request_id=request_id())
        return _back_to_ticket(
            saisine_id,
            gettext("C’est envoyé. Vous lisez ici quand la personne et sa préfecture voient cette promesse."),
        )

    return forms.submit(inputs.Parole, act, partial(_show, saisine_id))


@pages.post("/promesses/<promesse_id>/tenue")
@require(AGENT)
def tenir(saisine_id: str, promesse_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        promesses.keep(saisine_id, promesse_id, current_who(), request_id=request_id())
        return _back_to_ticket(saisine_id, gettext("C’est noté : la promesse est tenue."))

    return forms.submit(forms.Nothing, act, partial(_show, saisine_id))


@pages.post("/fin")
@require(AGENT)
def clore(saisine_id: str) -> Answer:
    def act(typed: inputs.Cloture) -> Answer:
        actions.close(saisine_id, typed, current_who(), request_id=request_id())
        return _back_to_ticket(saisine_id, gettext("La demande est terminée. La personne peut la rouvrir."))

    return forms.submit(inputs.Cloture, act, partial(_show, saisine_id))


@pages.post("/rouvrir")
@require(AGENT)
def rouvrir(saisine_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        saisine = actions.open_again(saisine_id, current_who(), request_id=request_id())
        return _back_to_ticket(saisine_id, gettext("La demande est rouverte, au niveau %(n)s.", n=saisine.niveau))

    return forms.submit(forms.Nothing, act, partial(_show, saisine_id))


def _back_to_ticket(saisine_id: str, text: str) -> Answer:
    flash(text, "ok")
    return redirect(url_for("saisine.fiche", saisine_id=saisine_id), 303)


def _show(saisine_id: str, form: forms.Form[Any]) -> str:
    who = current_who()
    saisine = acces.access_saisine(saisine_id, who, ACTS["LIRE"])
    acces.log_reading(saisine, who)
    verified = saisine.identite == etats.VERIFIEE
    situation = dossiers.situation(saisine_id, who) if verified else None
    thread = file_attente.thread(saisine_id)
    return render_template(
        "ccc/saisine.html",
        saisine=saisine,
        cachee=pieces.hides(saisine, who),
        messages=thread,
        preuves=[(p.cle, p.nom) for p in [*saisine.captures, *(piece for m in thread for piece in m.pieces)]],
        appels=appels.calls_of(saisine_id),
        form=form,
        etats=etats,
        verifiee=verified,
        situation=situation,
        pistes=[anomalies.access(piste.code) for piste in anomalies.pistes(saisine.precis, saisine.symptome)],
        fiches=fiches.search(saisine.precis[:300]),
        peut=acces.acts_of(who),
        actes=[(n, libelle) for n, (libelle, _lifts) in leves.ACTES.items() if n != leves.URGENCE],
        urgence=leves.URGENCE,
        urgences=list(leves.MOTIFS.items()),
        prefecture=contacts.prefecture_in_words(saisine),
        ouverte_par=acces.opened_by_others(saisine, who),
        siennes=[(d.demande_id, f"{d.libelle} ({d.reference})") for d in situation.siennes] if situation else [],
        attestation=file_attente.attestation_day(saisine.due_dates),
        voies=attestations.preview(saisine_id, who),
        genres_promesses=list(GENRES.items()),
        reformulations_max=actions.most_reformulations(saisine),
        aujourd_hui=clock.today(),
    )
