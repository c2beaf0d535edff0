"""Experiments in public: what is tried, where, for whom, by what it is judged, and each change with its reason."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis.web import forms
from chassis.web.idempotency import without_key
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT, AIDANT, USAGER
from services.deposit.concertation import inputs
from services.deposit.concertation.actions import experimentations
from services.deposit.concertation.actions.experimentations import ARRETEE, GENERALISEE, OUVERTE, TOUT, Verdict
from services.deposit.demande.actions import fiches
from services.deposit.dossier.actions.prefectures import departements

public = Blueprint("experimentations", __name__, url_prefix="/experimentations")

MOTS = {
    OUVERTE: _l("À l’essai"),
    GENERALISEE: _l("Pour tout le monde"),
    ARRETEE: _l("Arrêtée"),
    "REVUE": _l("Revue"),
}
GENRES = {OUVERTE: "attente", GENERALISEE: "ok", ARRETEE: "neutre"}
VERDICTS = {
    Verdict.ATTEINT: (_l("Atteint"), "ok"),
    Verdict.NON_ATTEINT: (_l("Pas atteint"), "arret"),
    Verdict.PAS_ENCORE: (_l("Pas encore assez de réponses"), "attente"),
}


@public.app_context_processor
def words() -> dict[str, object]:
    """Where an experiment stands, in words."""
    return {"essai_mots": MOTS, "essai_genres": GENRES, "essai_verdicts": VERDICTS, "essai_ou": _where}


@public.get("/")
def lister() -> str:
    """Everything that is tried or was."""
    return render_template("concertation/experimentations/liste.html", vues=experimentations.views())


@public.get("/donnees.json")
def donnees() -> Response:
    """The same, open data."""
    return jsonify(experimentations=[experimentations.published(vue) for vue in experimentations.views()])


@public.get("/<experimentation_id>")
def voir(experimentation_id: str) -> str:
    """One experiment."""
    return render_template("concertation/experimentations/voir.html", vue=experimentations.view(experimentation_id))


@public.post("/<experimentation_id>/avis")
@without_key
@require(USAGER, AIDANT, AGENT)
def donner_avis(experimentation_id: str) -> forms.Answer:
    """Useful or not; one answer a person, without her name."""

    def act(typed: inputs.Avis) -> forms.Answer:
        counted = experimentations.give_opinion(experimentation_id, typed.utile, current_who())
        words = _("Merci, c’est compté, sans votre nom.") if counted else _("Vous avez déjà répondu : c’est compté.")
        flash(words, "ok")
        return redirect(url_for("experimentations.voir", experimentation_id=experimentation_id), 303)

    return forms.submit(inputs.Avis, act, lambda _form: voir(experimentation_id))


def _where(codes: list[str]) -> str:
    """Préfectures or titles in words."""
    if TOUT in codes:
        return str(_("toutes et tous"))
    names = dict([*departements(), *fiches.titres()])
    return ", ".join(names.get(code, code) for code in codes)
