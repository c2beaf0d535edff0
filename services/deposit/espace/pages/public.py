"""Pages without a sign-in: the start, the choice by life situation, the cards, the check of a document."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from chassis import clock
from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.identity import current_who
from chassis.web.languages import day_in_words
from chassis.web.who import USAGER
from droit.decision import Refused
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import person, record_seen
from services.deposit.concertation.actions import rubrique
from services.deposit.demande.actions import fiches, queries
from services.deposit.dossier.actions import prefectures
from services.deposit.justificatif import actions as justificatifs

public = Blueprint("public", __name__)

# Who else issues documents, by the name above its pages.
AILLEURS = {
    "ccc": _l("Centre de contact"),
    "pan": _l("Points d'accueil numérique"),
    "substitution": _l("Faire ma démarche autrement"),
    "notify": _l("Mes messages"),
}


@public.app_template_filter("en_mots")
def en_mots(iso: str) -> str:
    """A day of a stored document, in words."""
    return day_in_words(date.fromisoformat(iso[:10])) if iso else ""


# « Je ne sais pas »: one question a page, each answer leads to a family or to the next question.
QUESTIONS: dict[str, tuple[LazyString, tuple[tuple[LazyString, str], ...]]] = {
    "1": (
        _l("Est-ce que quelqu’un vous fait du mal, vous force ou vous menace ?"),
        ((_l("Oui"), "famille:victimes"), (_l("Non"), "question:2")),
    ),
    "2": (
        _l("Avez-vous demandé l’asile, ou êtes-vous de la famille d’une personne réfugiée ou protégée ?"),
        ((_l("Oui"), "famille:protection"), (_l("Non"), "question:3")),
    ),
    "3": (
        _l("Vous ou votre famille, avez-vous un passeport d’un pays de l’Union européenne, de l’EEE ou de la Suisse ?"),
        ((_l("Oui"), "famille:europe"), (_l("Non, ou seulement un passeport français dans ma famille"), "question:4")),
    ),
    "4": (
        _l("Avez-vous moins de 22 ans, et avez-vous grandi en France ?"),
        ((_l("Oui"), "famille:jeune"), (_l("Non"), "question:5")),
    ),
    "5": (
        _l("Est-ce surtout une maladie, un accident ou un enfant malade qui vous retient en France ?"),
        ((_l("Oui"), "famille:sante"), (_l("Non"), "question:6")),
    ),
    "6": (
        _l("Vivez-vous en France avec votre mari, votre femme, votre enfant ou vos parents ?"),
        ((_l("Oui"), "famille:famille"), (_l("Non"), "question:7")),
    ),
    "7": (
        _l("Que faites-vous surtout en France ?"),
        (
            (_l("J’étudie"), "famille:etudes"),
            (_l("Je travaille, ou je veux travailler"), "famille:travail"),
            (_l("J’ai déjà une carte de quatre ou dix ans"), "famille:longue-duree"),
            (_l("Autre chose"), "famille:sejour"),
        ),
    ),
}


@public.get("/")
def accueil() -> str:
    """The start page: free, what can be done here, and every other way."""
    return render_template("espace/public/accueil.html")


@public.get("/choisir")
def choisir() -> str:
    """The first level: life situations, victims first; the other démarches after them (DEP-11)."""
    return render_template(
        "espace/public/choisir.html", familles=fiches.familles(), demarches=fiches.demarches(clock.today())
    )


@public.get("/choisir/<code>")
def famille(code: str) -> Answer:
    """The titles of a life situation; each one opens, here or by its own route."""
    found = next((family for family in fiches.familles() if family.code == code), None)
    if found is None:
        return render_template(
            "espace/public/choisir.html", familles=fiches.familles(), demarches=fiches.demarches(clock.today())
        ), 404
    today = clock.today()
    situations = [(situation.libelle, fiches.of_codes(situation.titres, today)) for situation in found.situations]
    return render_template(
        "espace/public/famille.html",
        famille=found,
        situations=situations,
        fiches=fiches.of_famille(code, today),
        prefecture=_prefecture(),
    )


@public.get("/je-ne-sais-pas")
def je_ne_sais_pas() -> str:
    """Questions that lead to a family, for who does not know the name of her situation."""
    number = request.args.get("q", "1")
    text, answers = QUESTIONS.get(number, QUESTIONS["1"])
    return render_template(
        "espace/public/question.html", question=text, reponses=answers, numero=number, total=len(QUESTIONS)
    )


@public.get("/demarches/<code>")
def demarche(code: str) -> str:
    """The card (DEP-12). What cannot be begun here says why, leads on, and seeing it is a blocage (DEP-13, SUB-21)."""
    today, who = clock.today(), current_who()
    fiche = fiches.fiche(code, today)
    usager = person() if who.kind == USAGER else None
    decision = fiches.may_begin(code, today, numero_etranger=usager is None or bool(usager.numero_etranger))
    asked = {"titre_code": code} if fiche.titre else {"demarche_code": code}
    blocked = None if decision.accepted and fiche.en_ligne else record_seen("DEMARCHE_GRISEE", **asked)
    return render_template(
        "espace/public/fiche.html",
        fiche=fiche,
        refus=None if decision.accepted else decision.motif,
        regle=decision.details.get("regle") or fiche.regles[0],
        corriger=fiches.lacks_number(decision),
        blocage=blocked,
        voies=blocage.ways(blocked.prefecture) if blocked else (),
        prefecture=_prefecture(),
        locale=prefectures.route(_prefecture(), code),
        jour=today,
        carte=rubrique.entry(fiche.code, today),
    )


def _prefecture() -> str:
    """That of the person's own account; empty for anybody else."""
    return person().prefecture or "" if current_who().kind == USAGER else ""


@public.get("/verifier")
def verifier() -> Answer:
    """Anybody checks a document by its reference, without a sign-in; the answer is a page to print (DEP-59)."""
    reference = request.args.get("reference", "").strip()
    form = forms.blank(reference=reference)
    found: dict[str, Any] | None = None
    elsewhere: dict[str, Any] = {}
    status = 200
    if reference:
        try:
            found = queries.check_document(reference, clock.today()).to_dict()
        except Refused as refused:
            status = 404
            if justificatifs.is_one(reference):
                return redirect(url_for("verification.verifier"))
            if refused.motif is queries.DOCUMENT_AILLEURS:
                elsewhere = refused.details | {"nom": AILLEURS[str(refused.details["service"])]}
            else:
                form = form.refuse(refused, _)
    return render_template(
        "espace/public/verifier.html",
        form=form,
        ailleurs=elsewhere,
        reponse=found,
        jour=clock.today(),
    ), status
