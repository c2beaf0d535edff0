"""Helping structures: a préfecture identifies them, adds their members, cuts them off (XCT-05)."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from chassis.web import forms
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from droit.decision import Refused
from services.deposit.acte.pages import Answer
from services.deposit.aidant import inputs
from services.deposit.aidant.actions import aidants
from services.deposit.aidant.actions.aidants import ENROLEURS
from services.deposit.dossier.actions.prefectures import departements
from services.deposit.instruction.actions import file_attente

pages = Blueprint("bureau_structures", __name__, url_prefix="/agents/structures")


@pages.get("/")
@require(AGENT, roles=ENROLEURS)
def lister() -> Answer:
    """The structures of the agent's préfectures."""
    return _list(forms.blank())


@pages.post("/")
@require(AGENT, roles=ENROLEURS)
def inscrire() -> Answer:
    """Enrols a structure."""
    form = forms.read(inputs.Structure, request.form)
    if form.value is None:
        return _list(form), 422
    typed = form.value
    made = aidants.enrol(typed.nom, typed.prefecture, typed.courriel, current_who(), request_id=request_id())
    flash(_("La structure est inscrite. Ajoutez ses membres."), "ok")
    return redirect(url_for("bureau_structures.voir", structure_id=made.id), 303)


@pages.get("/<structure_id>")
@require(AGENT, roles=ENROLEURS)
def voir(structure_id: str) -> Answer:
    """A structure and its members."""
    return _one(structure_id, forms.blank())


@pages.post("/<structure_id>/membres")
@require(AGENT, roles=ENROLEURS)
def ajouter(structure_id: str) -> Answer:
    """Adds a member: the code shown serves once, and she chooses her own password."""
    form = forms.read(inputs.Membre, request.form)
    if form.value is None:
        return _one(structure_id, form), 422
    typed = form.value
    try:
        code = aidants.add_member(structure_id, typed.login, typed.nom, current_who(), request_id=request_id())
    except Refused as refused:
        if refused.motif is not aidants.IDENTIFIANT_PRIS:
            raise
        return _one(structure_id, form.refuse(refused, _)), 422
    text = _(
        "Code de %(nom)s : %(code)s. Donnez-le de la main à la main. Il sert une fois, dans les sept jours.",
        nom=typed.nom,
        code=code,
    )
    flash(text, "ok")
    return redirect(url_for("bureau_structures.voir", structure_id=structure_id), 303)


@pages.post("/<structure_id>/membres/<login>/fin")
@require(AGENT, roles=ENROLEURS)
def retirer(structure_id: str, login: str) -> Answer:
    """Cuts a member off at once."""
    aidants.remove_member(structure_id, login, current_who(), request_id=request_id())
    flash(_("Cette personne n’a plus accès."), "ok")
    return redirect(url_for("bureau_structures.voir", structure_id=structure_id), 303)


@pages.post("/<structure_id>/suspension")
@require(AGENT, roles=ENROLEURS)
def suspendre(structure_id: str) -> Answer:
    """Cuts the whole structure off at once."""
    try:
        aidants.suspend(structure_id, request.form.get("motif", ""), current_who(), request_id=request_id())
    except Refused as refused:
        if refused.motif is not aidants.SUSPENSION_SANS_MOTIF:
            raise
        flash(f"{_(refused.motif.phrase)} {_(refused.motif.suite)}", "arret")
        return redirect(url_for("bureau_structures.voir", structure_id=structure_id), 303)
    flash(_("Cette structure n’a plus accès à aucun dossier."), "ok")
    return redirect(url_for("bureau_structures.lister"), 303)


def _list(form: forms.Form[inputs.Structure]) -> str:
    who = current_who()
    scope = set(file_attente.prefectures_of(who))
    choices = [(code, name) for code, name in departements() if code in scope]
    found = aidants.structures(sorted(scope))
    return render_template("aidant/agents/structures.html", structures=found, form=form, prefectures=choices)


def _one(structure_id: str, form: forms.Form[inputs.Membre]) -> str:
    return render_template(
        "aidant/agents/structure.html", structure=aidants.structure_of(structure_id, current_who()), form=form
    )
