"""Proofs for one purpose: the person's page, the page of whoever checks, and the desk's (DEP-59, XCT-13)."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from chassis import clock, mongo
from chassis.web import forms, limits
from chassis.web.files import disposition
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT, AIDANT, USAGER
from services.deposit.blocage.pages.personne import person_id
from services.deposit.instruction.actions.pouvoirs import BUREAU
from services.deposit.justificatif import actions as justificatifs
from services.deposit.justificatif import inputs
from services.deposit.justificatif.actions import USAGES, Reponse
from services.deposit.justificatif.api import ESSAI
from services.deposit.partenaire import actions as partenaires

pages = Blueprint("justificatifs", __name__, url_prefix="/justificatifs")
public = Blueprint("verification", __name__, url_prefix="/justificatifs")
agents = Blueprint("bureau_justificatifs", __name__, url_prefix="/agents/personnes/<usager_id>/justificatifs")

GENRES = {"valide": "ok", "carte": "attente", "non-verifie": "attente"}


@pages.app_context_processor
def words() -> dict[str, object]:
    """The purposes and the answers, in words, for every page that shows one."""
    return {"justificatif_usages": USAGES, "justificatif_phrases": justificatifs.PHRASES}


@pages.get("/")
@require(USAGER, AIDANT)
def lister() -> str:
    """Her proofs, who looked at each and when, and the form to make another."""
    return _list(person_id(), forms.blank(usage=request.args.get("usage", ""), jours=30))


@pages.post("/")
@require(USAGER, AIDANT)
def faire() -> Answer:
    """Makes one."""

    def act(typed: inputs.Demande) -> Answer:
        made = justificatifs.make(person_id(), typed, current_who(), request_id=request_id())
        flash(_("Votre justificatif est prêt. Donnez le code %(code)s.", code=made.code), "ok")
        return redirect(url_for("justificatifs.lister"), 303)

    return forms.submit(inputs.Demande, act, partial(_list, person_id()))


@pages.get("/<justificatif_id>.pdf")
@require(USAGER, AIDANT, AGENT)
def pdf(justificatif_id: str) -> Response:
    """The paper to print."""
    content = justificatifs.pdf(justificatif_id, current_who())
    headers = {"Content-Disposition": disposition("justificatif.pdf", inline=bool(request.args.get("voir")))}
    return Response(content, mimetype="application/pdf", headers=headers)


@pages.get("/<justificatif_id>/portefeuille")
@require(USAGER, AIDANT)
def porter(justificatif_id: str) -> Response:
    """The same statement, for a wallet: an experiment."""
    content = justificatifs.credential(justificatif_id, current_who())
    headers = {"Content-Disposition": disposition("justificatif.sd-jwt")}
    return Response(content, mimetype="application/dc+sd-jwt", headers=headers)


@pages.post("/<justificatif_id>/retirer")
@require(USAGER, AIDANT)
def retirer(justificatif_id: str) -> Answer:
    """One act: nobody reads it any more."""
    justificatifs.revoke(justificatif_id, current_who(), request_id=request_id())
    flash(_("C’est retiré : plus personne ne peut le lire."), "ok")
    return redirect(url_for("justificatifs.lister"), 303)


@public.get("/verifier")
def verifier() -> Answer:
    """The form of whoever checks."""
    return _check(forms.blank(code=request.args.get("code", "")))


@public.post("/verifier")
@without_key
def repondre() -> Answer:
    """The answer, on the page itself: no code and no date ever stand in an address."""

    def act(typed: inputs.Verification) -> Answer:
        form = forms.blank(**request.form.to_dict())
        try:
            limits.count_attempts(ESSAI, [justificatifs.counted(typed.code, typed.usage)])
            return _check(form, justificatifs.check(typed))
        except mongo.STORE_DOWN:
            # Neither valid nor refused: whoever checks must not read a failure of ours as an answer about a person.
            return _check(form, justificatifs.not_checked(typed)), 503

    return forms.submit(inputs.Verification, act, _check)


@public.get("/recu")
def recu() -> Answer:
    """The form of whoever reads a receipt again."""
    return _receipt(forms.blank())


@public.post("/recu")
@without_key
def relire() -> Answer:
    """What was answered then."""

    def act(typed: inputs.Recu) -> Answer:
        limits.count_attempts(ESSAI, [justificatifs.counted(typed.recu)])
        found, answer = justificatifs.receipt(typed)
        return _receipt(forms.blank(**request.form.to_dict()), answer, found.time)

    return forms.submit(inputs.Recu, act, _receipt)


@public.post("/refus")
def refuser() -> Answer:
    """« Je n’accepte pas ce justificatif »: an agent of the préfecture follows it up."""

    def act(typed: inputs.Refus) -> Answer:
        limits.count_attempts(ESSAI, [justificatifs.counted(typed.recu)])
        justificatifs.refuse(typed, request_id=request_id())
        flash(_("C’est enregistré. Un agent de la préfecture suit ce refus, et la personne le lit."), "ok")
        return redirect(url_for("verification.verifier"), 303)

    return forms.submit(inputs.Refus, act, _refused)


@agents.get("/")
@require(AGENT, roles=BUREAU)
def bureau(usager_id: str) -> Answer:
    """The desk makes one for the person who is there, and prints it."""
    return _desk(usager_id, forms.blank(jours=30))


@agents.post("/")
@require(AGENT, roles=BUREAU)
def donner(usager_id: str) -> Answer:
    """Makes one at the desk; her identity was verified today."""

    def act(typed: inputs.Demande) -> Answer:
        justificatifs.make(usager_id, typed, current_who(), request_id=request_id())
        flash(_("Le justificatif est prêt : imprimez-le, ou donnez le code à la personne."), "ok")
        return redirect(url_for("bureau_justificatifs.bureau", usager_id=usager_id), 303)

    return forms.submit(inputs.Demande, act, partial(_desk, usager_id))


@agents.post("/<justificatif_id>/retirer")
@require(AGENT, roles=BUREAU)
def reprendre(usager_id: str, justificatif_id: str) -> Answer:
    """Revokes one at the person’s request."""
    justificatifs.revoke(justificatif_id, current_who(), request_id=request_id())
    flash(_("C’est retiré : plus personne ne peut le lire."), "ok")
    return redirect(url_for("bureau_justificatifs.bureau", usager_id=usager_id), 303)


def _choices() -> list[tuple[str, str]]:
    return [(usage.code, usage.libelle) for usage in USAGES.values()]


def _list(usager_id: str, form: forms.Form[Any]) -> str:
    return render_template(
        "justificatif/liste.html",
        portefeuille=justificatifs.wallet_trial(usager_id),
        faits=justificatifs.made_by(usager_id, current_who()),
        form=form,
        usages=_choices(),
        longest=justificatifs.longest(clock.today()),
    )


def _desk(usager_id: str, form: forms.Form[Any]) -> str:
    return render_template(
        "justificatif/agents/liste.html",
        faits=justificatifs.made_by(usager_id, current_who()),
        usager_id=usager_id,
        form=form,
        usages=_choices(),
        longest=justificatifs.longest(clock.today()),
    )


def _check(form: forms.Form[Any], answer: Reponse | None = None) -> str:
    kinds = {line.code: line.nom for line in partenaires.table(clock.today())}
    asked = USAGES[answer.usage].partenaires if answer else ()
    return render_template(
        "justificatif/verifier.html",
        form=form,
        reponse=answer,
        genre=GENRES.get(answer.etat.value, "arret") if answer else "",
        usages=_choices(),
        partenaires=[(code, kinds[code]) for code in asked] or list(kinds.items()),
        jour=clock.today(),
    )


def _refused(form: forms.Form[Any]) -> str:
    """The answer that she was given, with her words, for whoever must write them again."""
    shown = {name: form.typed.get(name, "") for name in ("recu", *(f"naissance-{part}" for part in forms.DAY_PARTS))}
    typed = forms.read(inputs.Recu, MultiDict(shown)).value
    return _check(form, justificatifs.receipt(typed)[1] if typed else None)


def _receipt(form: forms.Form[Any], answer: Reponse | None = None, moment: Any = None) -> str:
    return render_template("justificatif/recu.html", form=form, reponse=answer, moment=moment)


BLUEPRINTS = (pages, public, agents)
