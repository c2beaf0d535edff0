"""The known-bug register, the cards and the figures, on the desk."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from chassis.web import forms
from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.ccc import inputs
from services.ccc.actions import acces, anomalies, fiches, prefectures
from services.ccc.rules import etats

pages = Blueprint("registre", __name__, url_prefix="/agents")


@pages.get("/registre")
@ranked(LIST)
@require(AGENT)
def registre() -> str:
    return _list(forms.blank())


@pages.post("/registre")
@require(AGENT)
def signaler() -> Answer:
    def act(typed: inputs.Description) -> Answer:
        anomalie = anomalies.report(typed, current_who(), request_id=request_id())
        flash(gettext("L’anomalie est inscrite au registre."), "ok")
        return redirect(url_for("registre.anomalie", code=anomalie.code), 303)

    return forms.submit(inputs.Description, act, _list)


@pages.get("/registre/<code>")
@require(AGENT)
def anomalie(code: str) -> str:
    return _one(code, forms.blank())


@pages.post("/registre/<code>")
@require(AGENT)
def modifier(code: str) -> Answer:
    def act(typed: inputs.Evolution) -> Answer:
        anomalies.revise(code, typed, current_who(), request_id=request_id())
        text = gettext("Le registre est à jour. Si l’anomalie est résolue, les personnes touchées sont prévenues.")
        flash(text, "ok")
        return redirect(url_for("registre.anomalie", code=code), 303)

    return forms.submit(inputs.Evolution, act, partial(_one, code))


@pages.get("/fiches")
@require(AGENT)
def mes_fiches() -> str:
    return _cards(forms.blank())


@pages.post("/fiches")
@require(AGENT)
def ecrire() -> Answer:
    def act(typed: inputs.Redaction) -> Answer:
        written = fiches.write(typed, current_who(), request_id=request_id())
        return redirect(url_for("public.fiche", fiche_id=written.id), 303)

    return forms.submit(inputs.Redaction, act, _cards)


@pages.get("/fiches/<fiche_id>")
@require(AGENT)
def ma_fiche(fiche_id: str) -> str:
    card = fiches.find(fiche_id)
    return _cards(forms.blank(titre=card.titre, texte=card.texte, source=card.source, limites=card.limites), fiche_id)


@pages.post("/fiches/<fiche_id>")
@require(AGENT)
def corriger(fiche_id: str) -> Answer:
    def act(typed: inputs.Redaction) -> Answer:
        fiches.write(typed, current_who(), request_id=request_id(), fiche_id=fiche_id)
        return redirect(url_for("public.fiche", fiche_id=fiche_id), 303)

    return forms.submit(inputs.Redaction, act, partial(_cards, choisie=fiche_id))


@pages.post("/fiches/<fiche_id>/verification")
@require(AGENT)
def verifier_fiche(fiche_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        fiches.check(fiche_id, current_who(), request_id=request_id())
        return redirect(url_for("public.fiche", fiche_id=fiche_id), 303)

    return forms.submit(forms.Nothing, act, partial(_cards, choisie=fiche_id))


@pages.post("/fiches/<fiche_id>/retrait")
@require(AGENT)
def retirer_fiche(fiche_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        fiches.remove(fiche_id, current_who(), request_id=request_id())
        flash(gettext("La fiche est retirée."), "ok")
        return redirect(url_for("registre.mes_fiches"), 303)

    return forms.submit(forms.Nothing, act, partial(_cards, choisie=fiche_id))


def _list(form: forms.Form[Any]) -> str:
    return render_template(
        "ccc/registre.html",
        lignes=anomalies.register(current_who()),
        form=form,
        etats=etats,
        symptomes=_symptomes(),
        demarches=prefectures.demarches(),
    )


def _one(code: str, form: forms.Form[Any]) -> str:
    found = anomalies.detail(code, current_who())
    shown = form if form.typed else forms.blank(state=found["state"])
    return render_template("ccc/anomalie.html", a=found, form=shown, etats=etats)


def _cards(form: forms.Form[Any], choisie: str = "") -> str:
    who = current_who()
    ecrit = acces.ACTES["FICHE_ECRIRE"] in acces.acts_of(who)
    shown = fiches.stale_first(who)
    return render_template("ccc/mes_fiches.html", fiches=shown, form=form, choisie=choisie, ecrit=ecrit)


def _symptomes() -> list[tuple[int, str]]:
    return list(etats.SYMPTOMES.items())
