"""The desk of a préfecture: its queue, a search, one route with the acts allowed on it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from droit.decision import Refused
from papier import actions as papiers
from services.substitution.actions import (
    blocages,
    convocations,
    depots,
    echeances,
    guichet,
    lecture,
    ouvertures,
    prefectures,
    refus,
)
from services.substitution.actions.echeances import Decision
from services.substitution.actions.refus import Refusal
from services.substitution.api.bureau import checked
from services.substitution.api.formulaires import Chercher, Ordonner, Refuser, Revoir, Transferer, Verifier
from services.substitution.pages import mots
from services.substitution.pages.public import PageAnswer, pdf

pages = Blueprint("bureau", __name__, url_prefix="/bureau")
READERS = ("prefecture", "superviseur", "instructeur", "bureau_national")


@pages.get("")
@require(AGENT, roles=READERS)
def file() -> PageAnswer:
    """The queue: why this one is first is said on each line."""
    who, retard = current_who(), request.args.get("filtre") == "retard"
    rows = lecture.queue(who, after=request.args.get("apres", ""), retard=retard)
    return render_template(
        "substitution/bureau.html", rows=rows, retard=retard, mots=mots, form=forms.blank(), trouvees=None
    )


@pages.get("/")
@require(AGENT, roles=READERS)
def entree() -> PageAnswer:
    """The address that a person types by hand."""
    return redirect(url_for("bureau.file"))


@pages.get("/recherche")
@require(AGENT, roles=READERS)
def recherche() -> PageAnswer:
    """Finds a route by reference, number of a paper, or name and birth."""
    form = forms.read(Chercher, request.args)
    found: list[Any] = []
    if form.value is not None:
        try:
            found = guichet.search(form.value.reference, form.value.nom, form.value.naissance, current_who())
        except Refused as refused:
            form = form.refuse(refused, gettext)
    if len(found) == 1:
        return redirect(url_for("bureau.voie", voie_id=found[0].id))
    return render_template("substitution/bureau.html", rows=None, retard=False, mots=mots, form=form, trouvees=found)


@pages.get("/voies/<voie_id>")
@require(AGENT, roles=READERS)
def voie(voie_id: str) -> PageAnswer:
    """One route on one page."""
    return _voie(voie_id, forms.blank())


@pages.get("/voies/<voie_id>/documents/<numero>.pdf")
@require(AGENT, roles=READERS)
def document(voie_id: str, numero: str) -> PageAnswer:
    """A paper of a route of this préfecture."""
    held = lecture.show(voie_id, current_who())
    papier = next((paper for paper in held.papiers if paper.numero == numero), None)
    if papier is None:
        raise Refused(papiers.PAPIER_INCONNU)
    return pdf(papiers.pdf(papier), f"{papier.nature.lower()}-{held.reference}.pdf")


@pages.post("/voies/<voie_id>/identite")
@require(AGENT, roles=("prefecture",))
def identite(voie_id: str) -> PageAnswer:
    """The fixed protocol, and the mandate of who comes for somebody else."""
    form = forms.read(Verifier, request.form)
    if form.value is None:
        return _voie(voie_id, form), 422
    controle, seen = checked(form.value)
    try:
        guichet.check_identity(voie_id, controle, seen, current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(voie_id, form, refused)
    return redirect(url_for("bureau.voie", voie_id=voie_id), 303)


@pages.post("/voies/<voie_id>/refus")
@require(AGENT, roles=("prefecture",))
def refuser(voie_id: str) -> PageAnswer:
    """A written refusal, from validated reasons."""
    form = forms.read(Refuser, request.form)
    if form.value is None:
        return _voie(voie_id, form), 422
    refusal = Refusal(form.value.raison, tuple(form.value.preuves_vues))
    try:
        refus.refuse_voie(voie_id, refusal, current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(voie_id, form, refused)
    return redirect(url_for("bureau.voie", voie_id=voie_id), 303)


@pages.post("/voies/<voie_id>/revision")
@require(AGENT, roles=("superviseur", "bureau_national"))
def revoir(voie_id: str) -> PageAnswer:
    """The supervisor keeps the refusal or sets it aside."""
    form = forms.read(Revoir, request.form)
    if form.value is None:
        return _voie(voie_id, form), 422
    try:
        refus.review(voie_id, form.value.issue == "ANNULE", current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(voie_id, form, refused)
    return redirect(url_for("bureau.voie", voie_id=voie_id), 303)


@pages.post("/voies/<voie_id>/transfert")
@require(AGENT, roles=("prefecture", "superviseur", "bureau_national"))
def transferer(voie_id: str) -> PageAnswer:
    """The other préfecture has the route, on its first date."""
    form = forms.read(Transferer, request.form)
    if form.value is None:
        return _voie(voie_id, form), 422
    try:
        ouvertures.transfer(voie_id, form.value.prefecture, current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(voie_id, form, refused)
    flash(gettext("La voie est passée à l'autre préfecture. Sa date est gardée."), "ok")
    return redirect(url_for("bureau.file"), 303)


@pages.post("/voies/<voie_id>/ordonnance")
@require(AGENT, roles=("prefecture", "superviseur"))
def ordonner(voie_id: str) -> PageAnswer:
    """What a court asked, with its deadline."""
    form = forms.read(Ordonner, request.form)
    if form.value is None:
        return _voie(voie_id, form), 422
    typed = form.value
    decision = Decision(typed.juridiction, typed.numero, typed.jour, typed.echeance)
    try:
        echeances.record_order(voie_id, decision, current_who(), request_id=request_id())
    except Refused as refused:
        return _refused(voie_id, form, refused)
    return redirect(url_for("bureau.voie", voie_id=voie_id), 303)


@pages.post("/voies/<voie_id>/ordonnances/<ordonnance_id>/execution")
@require(AGENT, roles=("prefecture", "superviseur"))
def executer(voie_id: str, ordonnance_id: str) -> PageAnswer:
    """What the court asked is done."""
    echeances.carry_out(voie_id, ordonnance_id, current_who(), request_id=request_id())
    return redirect(url_for("bureau.voie", voie_id=voie_id), 303)


@pages.post("/voies/<voie_id>/constat")
@require(AGENT, roles=("prefecture",))
def constater(voie_id: str) -> PageAnswer:
    """A blockage that the agent observes with the person."""
    symptome = int(request.form.get("symptome", "13") or 13)
    blocages.constater_for(voie_id, symptome, current_who(), request_id=request_id())
    return redirect(url_for("bureau.voie", voie_id=voie_id), 303)


@pages.get("/refus")
@require(AGENT, roles=("superviseur", "bureau_national"))
def supervision() -> PageAnswer:
    """The refusals that wait for a supervisor."""
    return render_template("substitution/supervision.html", rows=lecture.supervision(current_who()), mots=mots)


def _refused(voie_id: str, form: Any, refused: Refused) -> PageAnswer:
    """The same page with the refusal on top; what may not be seen by this agent is refused as a whole."""
    status = 403 if refused.motif.genre == "interdit" else 422
    return _voie(voie_id, form.refuse(refused, gettext)), status


def _voie(voie_id: str, form: Any) -> str:
    who = current_who()
    held = lecture.show(voie_id, who)
    dossier = held.dossiers[-1] if held.dossiers else None
    return render_template(
        "substitution/voie.html",
        voie=held,
        form=form,
        mots=mots,
        etat=mots.STATES[held.state],
        libelle=convocations.libelle(held),
        m=prefectures.modalites(held.prefecture or ""),
        papiers=[(paper, papiers.content(paper)) for paper in reversed(held.papiers)],
        attendus=lecture.awaited(held),
        histoire=lecture.history(held),
        dossier=dossier,
        manquantes=depots.missing_pieces(held, dossier) if dossier else (),
        raisons=refus.choices(),
        preuves=[*mots.PREUVES, ("rien", gettext("Rien n'a été montré"))],
        symptomes=mots.SYMPTOMES,
        departements=prefectures.departements(),
        guichet=who.has("prefecture"),
        superviseur=who.has("superviseur", "bureau_national"),
    )
