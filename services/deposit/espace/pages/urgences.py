"""« Signaler une urgence »: a ground of the list, with a proof or with words that somebody can check (DEP-60)."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from chassis.web import forms
from chassis.web.forms import Answer
from chassis.web.headers import max_body
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.uploads import FORM_BYTES
from chassis.web.who import AIDANT, USAGER
from services.deposit.dossier.actions import acces, fichiers
from services.deposit.espace.pages.dossier import dossier
from services.deposit.instruction.actions import urgences
from services.deposit.instruction.inputs import Urgence

__all__ = ["dossier"]


@dossier.get("/demandes/<demande_id>/urgence")
@require(USAGER, AIDANT)
def urgence(demande_id: str) -> str:
    """What can be told, and what was told already."""
    return _page(demande_id, forms.blank())


@dossier.post("/demandes/<demande_id>/urgence")
@max_body(FORM_BYTES)
@require(USAGER, AIDANT)
def signaler(demande_id: str) -> Answer:
    """The dossier moves up in the queue of the préfecture, with its reason."""

    def act(typed: Urgence) -> Answer:
        who = current_who()
        acces.reach_demande(demande_id, who, acces.ACT)
        sent, stored = request.files.get("fichier"), None
        if sent is not None and sent.filename:
            stored = fichiers.take(sent)
        urgences.flag(demande_id, typed.motif, typed.texte, stored, who, request_id=request_id())
        flash(_("L’urgence est signalée. L’agent la voit maintenant, avec sa raison."), "ok")
        return redirect(url_for("dossier.voir", demande_id=demande_id), 303)

    return forms.submit(Urgence, act, partial(_page, demande_id))


def _page(demande_id: str, form: forms.Form[Any]) -> str:
    return render_template(
        "espace/dossier/urgence.html",
        demande=acces.access_demande(demande_id, current_who()),
        form=form,
        motifs=[(code, _(words)) for code, words in urgences.MOTIFS.items()],
    )
