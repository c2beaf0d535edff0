"""One visit on one page: identity check first, then the person's situation and the acts allowed here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext

from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.headers import max_body
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.uploads import FORM_BYTES
from chassis.web.who import AGENT
from personne.urgence import MOTIFS
from promesse.actions import GENRES
from services.pan import inputs
from services.pan.actions import accueil, bureau, constats, depots, lieux, promesses, reparations, situation, tickets
from services.pan.pages.public import ETATS_RENDEZ_VOUS, OBJETS

pages = Blueprint("visites", __name__, url_prefix="/bureau/visites")

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
ETATS_BLOCAGE = {
    "CONSTATE": lazy_gettext("constaté"),
    "DIAGNOSTIQUE": lazy_gettext("cause trouvée"),
    "LEVE": lazy_gettext("levé"),
    "ATTESTE": lazy_gettext("attestation donnée"),
    "VOIE_OUVERTE": lazy_gettext("autre façon de faire ouverte"),
    "RESOLU": lazy_gettext("terminé"),
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
    blanks = {
        name: forms.blank() for name in ("constat", "terminer", "saisir", "depot", "convoquer", "compte", "promettre")
    }
    blanks["verifier"] = forms.blank(nom=visite.nom, prenoms=visite.prenoms, telephone=visite.telephone)
    return render_template(
        "pan/bureau/visite.html",
        visite=visite,
        lieu=lieux.lieu_shown(visite.lieu_id),
        situation=seen,
        forms={**blanks, **refused},
        objets=OBJETS,
        papiers=list(PAPIERS.items()),
        services=list(SERVICES.items()),
        rendus=[SERVICES[code] for code in visite.services],
        resultat=RESULTATS.get(visite.resultat, ""),
        resultats=list(RESULTATS.items()),
        mots_resultats=RESULTATS,
        etats_rendez_vous=ETATS_RENDEZ_VOUS,
        etats_blocage=ETATS_BLOCAGE,
        orientations=[(code, ORIENTATIONS[code]) for code in bureau.referrals_for(visite)],
        symptomes=list(constats.SYMPTOMES.items()),
        choix=[(value, label) for value, label, _ in depots.choices()],
        acts=bureau.allowed_acts(visite, who),
        reparations=[
            (str(n), gettext(libelle)) for n, libelle in reparations.ACTES.items() if n != reparations.URGENCE
        ],
        sur_son_numero=[(str(n), gettext(reparations.ACTES[n])) for n in reparations.SUR_SON_NUMERO]
        if reparations.number_on_paper(visite)
        else [],
        urgence=reparations.URGENCE,
        urgences=[(code, gettext(libelle)) for code, libelle in MOTIFS.items()],
        genres_promesses=list(GENRES.items()),
        modalites=bureau.ways(visite),
    )


def _page_with(visite_id: str, name: str) -> Callable[[forms.Form[Any]], str]:
    """The page of a visit, with what was typed in the form of this name."""
    return lambda form: _page(visite_id, {name: form})


def _back(visite_id: str) -> Answer:
    return redirect(url_for("visites.voir", visite_id=visite_id), 303)


@pages.post("/<visite_id>/prendre")
@require(AGENT)
def prendre(visite_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        accueil.call_in(visite_id, current_who(), request_id=request_id())
        return _back(visite_id)

    return forms.submit(forms.Nothing, act, _page_with(visite_id, "constat"))


@pages.post("/<visite_id>/quitter")
@require(AGENT)
def quitter(visite_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        accueil.record_departure(visite_id, current_who(), request_id=request_id())
        return _back(visite_id)

    return forms.submit(forms.Nothing, act, _page_with(visite_id, "constat"))


@pages.post("/<visite_id>/verifier")
@require(AGENT)
def verifier(visite_id: str) -> Answer:
    def act(typed: inputs.Verification) -> Answer:
        accueil.check_identity(visite_id, typed, current_who(), request_id=request_id())
        return _back(visite_id)

    return forms.submit(inputs.Verification, act, _page_with(visite_id, "verifier"))


@pages.post("/<visite_id>/rattacher")
@require(AGENT)
def rattacher(visite_id: str) -> Answer:
    def act(typed: inputs.Rattachement) -> Answer:
        situation.attach(visite_id, typed.usager_id, current_who(), request_id=request_id())
        return _back(visite_id)

    return forms.submit(inputs.Rattachement, act, _page_with(visite_id, "constat"))


@pages.post("/<visite_id>/compte")
@max_body(FORM_BYTES)
@require(AGENT)
def reparer(visite_id: str) -> Answer:
    def act(typed: inputs.Reparation) -> Answer:
        who, sent = current_who(), request.files.get("fichier")
        joined = reparations.join_proof(visite_id, sent, who) if sent and sent.filename else None
        reparations.ask(visite_id, typed, who, joined, request_id=request_id())
        return _back(visite_id)

    return forms.submit(inputs.Reparation, act, _page_with(visite_id, "compte"))


@pages.post("/<visite_id>/promesses")
@require(AGENT)
def promettre(visite_id: str) -> Answer:
    def act(typed: inputs.Parole) -> Answer:
        promesses.promise(visite_id, typed, current_who(), request_id=request_id())
        return _back(visite_id)

    return forms.submit(inputs.Parole, act, _page_with(visite_id, "promettre"))


@pages.post("/<visite_id>/promesses/<promesse_id>/tenue")
@require(AGENT)
def tenir(visite_id: str, promesse_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        promesses.keep(visite_id, promesse_id, current_who(), request_id=request_id())
        return _back(visite_id)

    return forms.submit(forms.Nothing, act, _page_with(visite_id, "promettre"))


@pages.post("/<visite_id>/constater")
@require(AGENT)
def constater(visite_id: str) -> Answer:
    def act(typed: inputs.Observation) -> Answer:
        made = constats.record(visite_id, typed, current_who(), request_id=request_id())
        flash(gettext("Blocage %(reference)s : l’attestation est prête.", reference=made.reference), "ok")
        return _back(visite_id)

    return forms.submit(inputs.Observation, act, _page_with(visite_id, "constat"))


@pages.post("/<visite_id>/convoquer")
@require(AGENT)
def convoquer(visite_id: str) -> Answer:
    def act(typed: inputs.Convocation) -> Answer:
        issue = constats.convoke(visite_id, current_who(), creneau_id=typed.creneau_id, request_id=request_id())
        if issue.rendez_vous:
            flash(gettext("Rendez-vous au guichet : %(r)s.", r=issue.rendez_vous.reference), "ok")
        elif issue.convocation_numero:
            flash(gettext("Convocation donnée ; le jour sera écrit à la personne."), "ok")
        else:
            flash(gettext("Aucun créneau : donnez par écrit les façons de faire de cette page."), "attention")
        return _back(visite_id)

    return forms.submit(inputs.Convocation, act, _page_with(visite_id, "convoquer"))


@pages.post("/<visite_id>/saisir")
@require(AGENT)
def saisir(visite_id: str) -> Answer:
    def act(typed: inputs.Saisine) -> Answer:
        tickets.open_saisine(visite_id, typed, current_who(), request_id=request_id())
        return _back(visite_id)

    return forms.submit(inputs.Saisine, act, _page_with(visite_id, "saisir"))


@pages.post("/<visite_id>/terminer")
@require(AGENT)
def terminer(visite_id: str) -> Answer:
    def act(typed: inputs.Bilan) -> Answer:
        accueil.end_visit(visite_id, typed, current_who(), request_id=request_id())
        return _back(visite_id)

    return forms.submit(inputs.Bilan, act, _page_with(visite_id, "terminer"))


@pages.post("/<visite_id>/depots")
@require(AGENT)
def ouvrir_depot(visite_id: str) -> Answer:
    def act(typed: inputs.Choix) -> Answer:
        made = depots.open_depot(visite_id, typed, current_who(), request_id=request_id())
        return redirect(url_for("depots.voir", depot_id=made.id), 303)

    return forms.submit(inputs.Choix, act, _page_with(visite_id, "depot"))
