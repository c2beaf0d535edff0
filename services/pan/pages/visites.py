"""One visit on one page: identity check first, then the person's situation and the acts allowed here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse

from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Corps
from chassis.web.who import AGENT
from droit.decision import Refused
from services.pan.actions import accueil, bureau, constats, depots, lieux, reparations, situation, tickets
from services.pan.actions.accueil import Bilan
from services.pan.actions.constats import Observation
from services.pan.actions.depots import Choix
from services.pan.api.bureau import verification
from services.pan.api.saisies import Constater, Convoquer, OuvrirDepot, Rattacher, Reparer, Saisir, Terminer, Verifier
from services.pan.pages.public import OBJETS

pages = Blueprint("visites", __name__, url_prefix="/bureau/visites")
Answer = str | tuple[str, int] | Response | AnyResponse

PAPIERS = {
    "PASSEPORT": lazy_gettext("Passeport"),
    "TITRE_DE_SEJOUR": lazy_gettext("Titre de séjour, même expiré"),
    "CARTE_D_IDENTITE": lazy_gettext("Carte d’identité"),
    "PERMIS": lazy_gettext("Permis de conduire"),
    "CONSULAIRE": lazy_gettext("Carte ou attestation consulaire avec photo"),
    "AUCUN": lazy_gettext("Aucun papier avec photo"),
}
SERVICES = {
    "ORDINATEUR": lazy_gettext("Ordinateur et connexion, avec aide"),
    "NUMERISATION": lazy_gettext("Numérisation des pièces"),
    "INFORMATION": lazy_gettext("Information générale"),
    "QUALIFIER": lazy_gettext("Qualifier la demande (agent formé)"),
    "CONSTITUER": lazy_gettext("Constituer le dossier (agent formé)"),
}
RESULTATS = {
    "ABOUTI": lazy_gettext("Fait : la personne a ce pour quoi elle est venue"),
    "A_POURSUIVRE": lazy_gettext("À poursuivre, avec une suite écrite"),
    "BLOQUE": lazy_gettext("Bloqué : attestation donnée"),
    "ORIENTE": lazy_gettext("Orienté, avec une suite écrite"),
}
ORIENTATIONS = {
    "GUICHET": lazy_gettext("Guichet de la préfecture"),
    "SUBSTITUTION": lazy_gettext("Faire la démarche autrement (guichet, poste, e-mail)"),
    "PAN": lazy_gettext("Un autre point d’accueil"),
    "CCC": lazy_gettext("Centre de contact"),
    "ASSOCIATION": lazy_gettext("Une association"),
}


@pages.get("/<visite_id>")
@require(AGENT)
def voir(visite_id: str) -> str:
    return _page(visite_id, {})


def _page(visite_id: str, refused: dict[str, forms.Form[Any]]) -> str:
    who = current_who()
    visite = bureau.visit(visite_id, who)
    seen = None
    if visite.identite == "VERIFIEE":
        seen = situation.of_visite(visite, who)
    blanks = {name: forms.blank() for name in ("constat", "terminer", "saisir", "depot", "convoquer", "compte")}
    blanks["verifier"] = forms.blank(nom=visite.nom, prenoms=visite.prenoms, telephone=visite.telephone)
    return render_template(
        "pan/bureau/visite.html",
        visite=visite,
        lieu=lieux.shown(visite.lieu_id),
        situation=seen,
        forms={**blanks, **refused},
        objets=OBJETS,
        papiers=list(PAPIERS.items()),
        services=list(SERVICES.items()),
        resultats=list(RESULTATS.items()),
        orientations=[(code, ORIENTATIONS[code]) for code in bureau.referrals_for(visite)],
        symptomes=list(constats.SYMPTOMES.items()),
        choix=[(value, label) for value, label, _ in depots.choices()],
        acts=bureau.allowed_acts(visite, who),
        reparations=[(str(code), gettext(libelle)) for code, libelle in reparations.ACTES.items()],
        modalites=bureau.ways(visite),
        arrivee=lieux.local(visite.lieu_id, visite.arrivee_time),
    )


def _do(visite_id: str, name: str, model: type[Corps], act: Callable[[Any], object]) -> Answer:
    """Reads the form `name`, does the act, and shows the same page with the refusal where there is one."""
    form = forms.read(model, request.form)
    if form.value is None:
        return _page(visite_id, {name: form}), 422
    try:
        done = act(form.value)
    except Refused as refused:
        try:
            page = _page(visite_id, {name: form.refuse(refused, gettext)})
        except Refused:
            # The very page is not for this agent: the first refusal is the one to show.
            raise refused from None
        return page, 403 if refused.motif.genre == "interdit" else 409
    if isinstance(done, AnyResponse):
        return done
    return redirect(url_for("visites.voir", visite_id=visite_id), 303)


class Rien(Corps):
    """An act that needs nothing typed."""


@pages.post("/<visite_id>/prendre")
@require(AGENT)
def prendre(visite_id: str) -> Answer:
    return _do(visite_id, "constat", Rien, lambda _: accueil.prendre(visite_id, current_who(), request_id=request_id()))


@pages.post("/<visite_id>/quitter")
@require(AGENT)
def quitter(visite_id: str) -> Answer:
    return _do(visite_id, "constat", Rien, lambda _: accueil.quitter(visite_id, current_who(), request_id=request_id()))


@pages.post("/<visite_id>/verifier")
@require(AGENT)
def verifier(visite_id: str) -> Answer:
    def act(typed: Verifier) -> object:
        return accueil.verifier(visite_id, verification(typed), current_who(), request_id=request_id())

    return _do(visite_id, "verifier", Verifier, act)


@pages.post("/<visite_id>/rattacher")
@require(AGENT)
def rattacher(visite_id: str) -> Answer:
    def act(typed: Rattacher) -> object:
        return situation.rattacher(visite_id, typed.usager_id, current_who(), request_id=request_id())

    return _do(visite_id, "constat", Rattacher, act)


@pages.post("/<visite_id>/compte")
@require(AGENT)
def reparer(visite_id: str) -> Answer:
    def act(typed: Reparer) -> object:
        asked = reparations.Reparation(**typed.model_dump())
        return reparations.demander(visite_id, asked, current_who(), request_id=request_id())

    return _do(visite_id, "compte", Reparer, act)


@pages.post("/<visite_id>/constater")
@require(AGENT)
def constater(visite_id: str) -> Answer:
    def act(typed: Constater) -> object:
        made = constats.constater(visite_id, Observation(**typed.model_dump()), current_who(), request_id=request_id())
        flash(gettext("Blocage %(reference)s : l’attestation est prête.", reference=made.reference), "ok")
        return made

    return _do(visite_id, "constat", Constater, act)


@pages.post("/<visite_id>/convoquer")
@require(AGENT)
def convoquer(visite_id: str) -> Answer:
    def act(typed: Convoquer) -> object:
        issue = constats.convoquer(visite_id, current_who(), creneau_id=typed.creneau_id, request_id=request_id())
        if issue.rendez_vous:
            flash(gettext("Rendez-vous au guichet : %(r)s.", r=issue.rendez_vous.reference), "ok")
        elif issue.convocation_numero:
            flash(gettext("Convocation donnée ; le jour sera écrit à la personne."), "ok")
        else:
            flash(gettext("Aucun créneau : donnez par écrit les façons de faire de cette page."), "attention")
        return issue

    return _do(visite_id, "convoquer", Convoquer, act)


@pages.post("/<visite_id>/saisir")
@require(AGENT)
def saisir(visite_id: str) -> Answer:
    def act(typed: Saisir) -> object:
        return tickets.ouvrir(visite_id, typed.precis, current_who(), request_id=request_id())

    return _do(visite_id, "saisir", Saisir, act)


@pages.post("/<visite_id>/terminer")
@require(AGENT)
def terminer(visite_id: str) -> Answer:
    def act(typed: Terminer) -> object:
        bilan = Bilan(**{**typed.model_dump(), "services": tuple(typed.services)})
        return accueil.terminer(visite_id, bilan, current_who(), request_id=request_id())

    return _do(visite_id, "terminer", Terminer, act)


@pages.post("/<visite_id>/depots")
@require(AGENT)
def ouvrir_depot(visite_id: str) -> Answer:
    def act(typed: OuvrirDepot) -> object:
        made = depots.ouvrir(visite_id, Choix(**typed.model_dump()), current_who(), request_id=request_id())
        return redirect(url_for("depots.voir", depot_id=made.id), 303)

    return _do(visite_id, "depot", OuvrirDepot, act)
