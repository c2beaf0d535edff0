"""What anybody reads and does without account: choose a way, open it, follow it, check a paper."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext

from chassis.web import forms, refusals
from chassis.web.files import disposition, download
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who
from chassis.web.languages import language
from chassis.web.who import AGENT
from droit.decision import Refused
from papier import actions as papiers
from services.substitution import inputs
from services.substitution.actions import (
    acces,
    blocages,
    conseil,
    convocations,
    fichiers,
    lecture,
    ouvertures,
    pannes,
    prefectures,
    rencontres,
)
from services.substitution.actions.papiers import PAPIERS
from services.substitution.pages import mots

pages = Blueprint("public", __name__)


@pages.get("/")
def accueil() -> Answer:
    """Where one is, and the ways that need no computer."""
    code, prefecture = request.args.get("demarche", ""), request.args.get("prefecture", "")
    objet, libelle = next((row for row in blocages.objects() if row[0].partition(":")[2] == code), ("", ""))
    return render_template(
        "substitution/accueil.html",
        panne=pannes.concerns(""),
        reference=request.args.get("blocage", "")[:20],
        objet=objet,
        libelle=libelle,
        m=prefectures.modalites(prefecture) if prefecture in dict(prefectures.departements()) else None,
    )


@pages.get("/ouvrir")
def ouvrir() -> Answer:
    """The form that opens a route."""
    return _opening_form(
        forms.blank(prefecture=request.args.get("prefecture", ""), objet=request.args.get("objet", ""))
    )


@pages.post("/ouvrir")
def ouvrir_envoi() -> Answer:
    """Opens a route; its reference and convocation are on the next page."""

    def act(typed: inputs.OuvertureDeVoie) -> Answer:
        asked, who = ouvertures.opening(typed, language()), current_who()
        if who.kind == AGENT:
            voie = ouvertures.open_at_desk(asked, who, request_id=request_id())
        else:
            voie = ouvertures.open_by_choice(asked, request_id=request_id())
        if who.has("prefecture"):
            return redirect(url_for("bureau.voie", voie_id=voie.id), 303)
        session["voie"] = {"reference": voie.reference, "nom": typed.nom}
        return redirect(url_for("public.ma_voie"), 303)

    return forms.submit(inputs.OuvertureDeVoie, act, _opening_form)


@pages.get("/suivre")
def suivre() -> str:
    """Reference and name."""
    return _follow(forms.blank(reference=request.args.get("reference", "")))


@pages.post("/suivre")
def suivre_envoi() -> Answer:
    """Opens the person's own page, in this browser only."""

    def act(typed: inputs.MaVoie) -> Answer:
        voie = acces.find_own(typed.reference, typed.nom)
        session["voie"] = {"reference": voie.reference, "nom": typed.nom}
        return redirect(url_for("public.ma_voie"), 303)

    return forms.submit(inputs.MaVoie, act, _follow)


def _follow(form: forms.Form[Any]) -> str:
    return render_template("substitution/suivre.html", form=form)


@pages.get("/ma-voie")
def ma_voie() -> Answer:
    """The person's route as it stands: what is expected, by when, and her papers."""
    if "voie" not in session:
        return redirect(url_for("public.suivre"))
    return _ma_voie(forms.blank())


@pages.post("/ma-voie")
def completer() -> Answer:
    """Adds the name or the département that was not known."""
    if "voie" not in session:
        return redirect(url_for("public.suivre"))
    kept = session["voie"]

    def act(typed: inputs.Complement) -> Answer:
        voie = ouvertures.complete_own(typed, request_id=request_id())
        session["voie"] = {"reference": voie.reference, "nom": voie.nom or typed.nom_donne}
        return redirect(url_for("public.ma_voie"), 303)

    return forms.submit(inputs.Complement, act, _ma_voie, reference=kept["reference"], nom_donne=kept["nom"])


@pages.post("/ma-voie/visite")
def demander_visite() -> Answer:
    """Who is held asks for a visit where she is."""

    def act(hers: inputs.MaVoie) -> Answer:
        rencontres.ask_visit(hers, request_id=request_id())
        return _noted(gettext("Votre demande de visite est notée. Le jour vous est écrit."))

    return forms.submit(inputs.MaVoie, act, _ma_voie, **session.get("voie", {}))


@pages.post("/ma-voie/rendez-vous")
def demander_rendez_vous() -> Answer:
    """Who is held asks for an appointment outside."""

    def act(hers: inputs.MaVoie) -> Answer:
        rencontres.ask_slot(hers, request_id=request_id())
        return _noted(gettext("Un rendez-vous est cherché. Il vous est écrit."))

    return forms.submit(inputs.MaVoie, act, _ma_voie, **session.get("voie", {}))


def _noted(said: str) -> Answer:
    flash(said, "ok")
    return redirect(url_for("public.ma_voie"), 303)


@pages.get("/ma-voie/documents/<numero>.pdf")
def document(numero: str) -> Answer:
    """One paper of the person's own route."""
    kept = session.get("voie") or {"reference": "", "nom": ""}
    voie = acces.find_own(kept["reference"], kept["nom"])
    papier = next((paper for paper in voie.papiers if paper.numero == numero), None)
    if papier is None:
        raise Refused(papiers.PAPIER_INCONNU)
    return pdf(papiers.pdf(papier), f"{papier.nature.lower()}-{voie.reference}.pdf")


@pages.get("/documents")
def documents() -> Answer:
    """Anybody checks a paper of this service by its reference."""
    typed = request.args.get("reference", "")
    if not typed:
        return render_template("substitution/documents.html", form=forms.blank(), verdict=None)
    form = forms.read(inputs.Reference, request.args)
    try:
        verdict = PAPIERS.check(typed)
    except Refused as refused:
        return render_template("substitution/documents.html", form=form.refuse(refused, gettext), verdict=None), 422
    return render_template("substitution/documents.html", form=form, verdict=verdict)


@pages.get("/prefectures")
def prefectures_liste() -> Answer:
    """Every département, each with its ways; one that was chosen, in a module of another site, leads to its page."""
    wanted = request.args.get("departement", "")
    if wanted in dict(prefectures.departements()):
        return redirect(url_for("public.prefecture", code=wanted))
    return render_template("substitution/prefectures.html", departements=prefectures.departements())


@pages.get("/prefectures/<code>")
def prefecture(code: str) -> Answer:
    """The ways of a préfecture, in date (SUB-10, SUB-21)."""
    ways = prefectures.modalites(code)
    return render_template(
        "substitution/prefecture.html",
        m=ways,
        panne=pannes.concerns(code),
        routes=prefectures.routes(ways),
        libelles={key.partition(":")[2]: name for key, name in blocages.objects()},
    )


@pages.get("/prefectures/<code>/module.html")
def module(code: str) -> Response:
    """The same, as a fragment that the préfecture's own site shows."""
    ways = prefectures.modalites(code)
    return _fragment("substitution/module.html", m=ways, panne=pannes.concerns(code))


@pages.get("/prefectures/<code>/arrete.pdf")
def arrete(code: str) -> Response:
    """The arrêté itself, as the préfecture gave it."""
    ways = prefectures.modalites(code)
    if not ways.arrete_cle:
        raise Refused(refusals.INTROUVABLE)
    return download(fichiers.store(), ways.arrete_cle, ways.arrete_nom, "application/pdf", inline=True)


@pages.get("/module.html")
def module_national() -> Response:
    """The fragment for the site of the téléservice: the ways in words, and the choice of the préfecture (SUB-10)."""
    departements = prefectures.departements()
    return _fragment("substitution/module_national.html", departements=departements, panne=pannes.concerns(""))


def _fragment(template: str, **values: Any) -> Response:
    """A part of a page that any site may show."""
    response = make_response(render_template(template, **values))
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@pages.get("/conseil")
def conseil_questions() -> str:
    """The questions of the channel adviser."""
    return _conseil(forms.blank(prefecture=request.args.get("prefecture", "")))


@pages.post("/conseil")
def conseil_reponse() -> Answer:
    """The ways that fit, with the reason."""

    def act(said: inputs.Situation) -> Answer:
        reason, canaux = conseil.advise(said)
        return _conseil(forms.read(inputs.Situation, request.form), (reason, [asdict(canal) for canal in canaux]))

    return forms.submit(inputs.Situation, act, _conseil)


def pdf(content: bytes, name: str) -> Response:
    """A paper, shown in the browser."""
    response = make_response(content)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = disposition(name, inline=True)
    response.headers["Cache-Control"] = "no-store"
    return response


def _opening_form(form: forms.Form[Any]) -> str:
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


def _ma_voie(form: forms.Form[Any]) -> str:
    kept = session.get("voie", {"reference": "", "nom": ""})
    voie = acces.find_own(kept["reference"], kept["nom"])
    return render_template(
        "substitution/ma_voie.html",
        voie=voie,
        form=form,
        etat=mots.state(voie),
        libelle=convocations.libelle(voie),
        avant=lecture.before(voie),
        m=prefectures.modalites(voie.prefecture or ""),
        papiers=[(paper, papiers.content(paper)) for paper in reversed(voie.papiers)],
        departements=prefectures.departements(),
    )


def _conseil(form: forms.Form[Any], answer: tuple[str, list[dict[str, str]]] | None = None) -> str:
    chosen = form.text("prefecture")
    return render_template(
        "substitution/conseil.html",
        form=form,
        answer=answer,
        departements=prefectures.departements(),
        m=prefectures.modalites(chosen) if answer and chosen else None,
    )
