"""How any act unfolds: its form, what will be sent, then the act; a refusal comes back to its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from chassis import clock
from chassis.web import forms, refusals
from chassis.web.forms import Answer, Form
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who
from droit.decision import Genre, Refused
from services.deposit.acte.actions import Acte, Order
from services.deposit.acte.api import sent_file

# These are answered by their own page: the form would tell somebody who may not be here what it asks.
_ELSEWHERE = (Genre.INTERDIT, Genre.INTROUVABLE, Genre.NON_AUTHENTIFIE)
# Said on the form, beside the way to do it: the agent is at her place, the check alone is missing.
_TO_VERIFY = ("IDENTITE_NON_VERIFIEE", "CONTROLE_EXIGE", "IDENTITE_A_VERIFIER")
_PAGE = ("etape", "fichier")


def find(actes: Mapping[str, Acte], code: str) -> Acte:
    """The act of the address. Raises Refused."""
    found = actes.get(code)
    if found is None:
        raise Refused(refusals.INTROUVABLE)
    return found


def ask(acte: Acte, cible: Any, contexte: dict[str, Any], **prefilled: str) -> Answer:
    """The form of an act."""
    return _form(acte, cible, forms.blank(**prefilled), contexte)


def unfold(acte: Acte, cible: Any, contexte: dict[str, Any]) -> Answer:
    """One step of an act: back to the form when it is wrong, the preview, or the act done."""
    posted = MultiDict([(k, v) for k, v in request.form.items(multi=True) if k not in _PAGE])
    form = forms.read(acte.inputs, posted)
    if form.value is None:
        return _form(acte, cible, form, contexte), 422
    try:
        if acte.previewed and request.form.get("etape") != "faire":
            return _preview(acte, cible, form, contexte)
        sent = sent_file(acte) if acte.fichier else None
        done = acte.do(cible.id, Order(current_who(), form.value, request_id(), clock.today(), sent))
    except Refused as refused:
        to_verify = refused.motif.code in _TO_VERIFY
        if refused.motif.genre in _ELSEWHERE and not to_verify:
            raise
        named = refused.champ in {champ.nom for champ in acte.champs}
        shown = form.refuse(refused if named else Refused(refused.motif, details=refused.details), _)
        page = _form(acte, cible, shown, {**contexte, "a_verifier": to_verify}, refused.details.get("pieces"))
        return page, 403 if to_verify else 422
    said = acte.a_dire(done) if acte.a_dire is not None else _("C’est fait : %(acte)s.", acte=_(acte.libelle).lower())
    flash(said, "ok")
    return redirect(contexte["retour"], 303)


def _preview(acte: Acte, cible: Any, form: Form[Any], contexte: dict[str, Any]) -> Answer:
    assert form.value is not None
    kept = [
        (name, str(item))
        for name, value in form.value.model_dump(mode="json").items()
        for item in (value if isinstance(value, list) else [value])
        if item not in ("", None)
    ]
    apercu = acte.preview(cible, Order(current_who(), form.value, request_id(), clock.today()))
    return render_template("acte/apercu.html", acte=acte, apercu=apercu, gardes=kept, **contexte)


def _form(acte: Acte, cible: Any, form: Form[Any], contexte: dict[str, Any], manque: Any = None) -> str:
    who = current_who()
    choices = {champ.nom: champ.choix(cible, who) for champ in acte.champs if champ.choix is not None}
    # What leaves nothing to choose is not asked.
    asked = [champ for champ in acte.champs if choices.get(champ.nom) != []]
    return render_template(
        "acte/acte.html", acte=acte, champs=asked, form=form, choix=choices, manque=manque, **contexte
    )
