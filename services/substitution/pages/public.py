"""What anybody reads and does without account: choose a way, open it, follow it, check a paper."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from chassis.web import forms
from chassis.web.files import disposition
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who
from chassis.web.languages import language
from droit.decision import Refused
from papier import actions as papiers
from services.substitution.actions import (
    acces,
    blocages,
    conseil,
    convocations,
    ouvertures,
    pannes,
    prefectures,
)
from services.substitution.actions.conseil import Situation
from services.substitution.actions.papiers import PAPIERS
from services.substitution.actions.personnes import Identite
from services.substitution.api.formulaires import CompleterVoie, DireSituation, OuvrirVoie, Reference, SuivreVoie
from services.substitution.api.public import opening
from services.substitution.pages import mots

PageAnswer = str | tuple[str, int] | Response | AnyResponse

pages = Blueprint("public", __name__)


@pages.get("/")
def accueil() -> PageAnswer:
    """Where one is, and the ways that need no computer."""
    return render_template("substitution/accueil.html", panne=pannes.concerns(""), form=forms.blank())


@pages.get("/ouvrir")
def ouvrir() -> PageAnswer:
    """The form that opens a route."""
    return _ouvrir(forms.blank(prefecture=request.args.get("prefecture", ""), objet=request.args.get("objet", "")))


@pages.post("/ouvrir")
def ouvrir_envoi() -> PageAnswer:
    """Opens a route; its reference and convocation are on the next page."""
    form = forms.read(OuvrirVoie, request.form)
    if form.value is None:
        return _ouvrir(form), 422
    try:
        voie = ouvertures.open_by_choice(opening(form.value, language()), request_id=request_id())
    except Refused as refused:
        return _ouvrir(form.refuse(refused, gettext)), 422
    session["voie"] = {"reference": voie.reference, "nom": form.value.nom}
    return redirect(url_for("public.ma_voie"), 303)


@pages.route("/suivre", methods=["GET"])
def suivre() -> PageAnswer:
    """Reference and name."""
    return render_template("substitution/suivre.html", form=forms.blank(reference=request.args.get("reference", "")))


@pages.post("/suivre")
def suivre_envoi() -> PageAnswer:
    """Opens the person's own page, in this browser only."""
    form = forms.read(SuivreVoie, request.form)
    if form.value is not None:
        try:
            voie = acces.find_own(form.value.reference, form.value.nom)
            session["voie"] = {"reference": voie.reference, "nom": form.value.nom}
            return redirect(url_for("public.ma_voie"), 303)
        except Refused as refused:
            form = form.refuse(refused, gettext)
    return render_template("substitution/suivre.html", form=form), 422


@pages.get("/ma-voie")
def ma_voie() -> PageAnswer:
    """The person's route as it stands: what is expected, by when, and her papers."""
    if "voie" not in session:
        return redirect(url_for("public.suivre"))
    return _ma_voie(forms.blank())


@pages.post("/ma-voie")
def completer() -> PageAnswer:
    """Adds the name or the département that was not known."""
    if "voie" not in session:
        return redirect(url_for("public.suivre"))
    kept = session["voie"]
    form = forms.read(CompleterVoie, request.form)
    if form.value is None:
        return _ma_voie(form), 422
    typed = form.value
    try:
        voie = ouvertures.complete_own(
            kept["reference"],
            kept["nom"],
            Identite(typed.nom, typed.prenoms, typed.naissance),
            typed.prefecture,
            request_id=request_id(),
        )
    except Refused as refused:
        return _ma_voie(form.refuse(refused, gettext)), 422
    session["voie"] = {"reference": voie.reference, "nom": voie.nom or kept["nom"]}
    return redirect(url_for("public.ma_voie"), 303)


@pages.get("/ma-voie/documents/<numero>.pdf")
def document(numero: str) -> PageAnswer:
    """One paper of the person's own route."""
    kept = session.get("voie") or {"reference": "", "nom": ""}
    voie = acces.find_own(kept["reference"], kept["nom"])
    papier = next((paper for paper in voie.papiers if paper.numero == numero), None)
    if papier is None:
        raise Refused(papiers.PAPIER_INCONNU)
    return pdf(papiers.pdf(papier), f"{papier.nature.lower()}-{voie.reference}.pdf")


@pages.get("/documents")
def documents() -> PageAnswer:
    """Anybody checks a paper of this service by its reference."""
    typed = request.args.get("reference", "")
    if not typed:
        return render_template("substitution/documents.html", form=forms.blank(), verdict=None)
    form = forms.read(Reference, request.args)
    try:
        verdict: Any = PAPIERS.check(typed)
    except Refused as refused:
        return render_template("substitution/documents.html", form=form.refuse(refused, gettext), verdict=None), 422
    return render_template("substitution/documents.html", form=form, verdict=verdict)


@pages.get("/prefectures")
def prefectures_liste() -> PageAnswer:
    """Every département, each with its ways."""
    return render_template("substitution/prefectures.html", departements=prefectures.departements())


@pages.get("/prefectures/<code>")
def prefecture(code: str) -> PageAnswer:
    """The ways of a préfecture, in date (SUB-10, SUB-21)."""
    return render_template("substitution/prefecture.html", m=prefectures.modalites(code), panne=pannes.concerns(code))


@pages.get("/prefectures/<code>/module.html")
def module(code: str) -> Response:
    """The same, as a fragment that the préfecture's own site shows."""
    ways = prefectures.modalites(code)
    response = make_response(render_template("substitution/module.html", m=ways, panne=pannes.concerns(code)))
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@pages.route("/conseil", methods=["GET"])
def conseil_questions() -> PageAnswer:
    """The questions of the channel adviser."""
    known = {"prefecture": request.args.get("prefecture", "")}
    return _conseil(forms.blank(**known), None)


@pages.post("/conseil")
def conseil_reponse() -> PageAnswer:
    """The ways that fit, with the reason."""
    form = forms.read(DireSituation, request.form)
    if form.value is None:
        return _conseil(form, None), 422
    said = form.value
    names = ("outils", "courriel", "comprend", "se_deplace", "urgent", "retenu")
    situation = Situation(**{name: getattr(said, name) == "oui" for name in names})
    return _conseil(form, conseil.advise(said.prefecture, situation))


def pdf(content: bytes, name: str) -> Response:
    """A paper, shown in the browser."""
    response = make_response(content)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = disposition(name, inline=True)
    response.headers["Cache-Control"] = "no-store"
    return response


def _ouvrir(form: Any) -> str:
    who = current_who()
    return render_template(
        "substitution/ouvrir.html",
        form=form,
        departements=prefectures.departements(),
        objets=blocages.objects(),
        preuves=mots.PREUVES,
        preuve_requise=ouvertures.asks_proof(),
        agent=who.kind == "agent",
    )


def _ma_voie(form: Any) -> str:
    kept = session["voie"]
    voie = acces.find_own(kept["reference"], kept["nom"])
    return render_template(
        "substitution/ma_voie.html",
        voie=voie,
        form=form,
        etat=mots.STATES[voie.state],
        libelle=convocations.libelle(voie),
        m=prefectures.modalites(voie.prefecture or ""),
        papiers=[(paper, papiers.content(paper)) for paper in reversed(voie.papiers)],
        departements=prefectures.departements(),
    )


def _conseil(form: Any, answer: Any) -> str:
    shown = (answer[0], [asdict(canal) for canal in answer[1]]) if answer else None
    return render_template(
        "substitution/conseil.html", form=form, answer=shown, departements=prefectures.departements()
    )
