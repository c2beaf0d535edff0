"""A dossier at the desk: its arrival, its files, its filing; post and e-mail by the same page."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from chassis import clock
from chassis.web import forms, refusals
from chassis.web.files import download
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.uploads import Accepts, Received
from chassis.web.who import AGENT, Who
from droit.decision import Refused
from services.substitution import inputs
from services.substitution.actions import blocages, convocations, depots, fichiers, guichet, lecture, prefectures
from services.substitution.pages import mots

pages = Blueprint("dossiers", __name__, url_prefix="/bureau/voies/<voie_id>/dossier")


@pages.get("")
@require(AGENT, roles=("prefecture",))
def dossier(voie_id: str) -> Answer:
    """The dossier in hand, or the form of its arrival."""
    return _dossier(voie_id, forms.blank(reception=clock.today().isoformat(), moyen="GUICHET"))


@pages.post("")
@require(AGENT, roles=("prefecture",))
def recevoir(voie_id: str) -> Answer:
    """Records an arrival, dated by its day, with its receipt."""

    def act(typed: inputs.DossierRecu) -> Answer:
        guichet.receive(voie_id, typed, current_who(), request_id=request_id())
        return redirect(url_for("dossiers.dossier", voie_id=voie_id), 303)

    return forms.submit(inputs.DossierRecu, act, partial(_dossier, voie_id))


@pages.post("/identite")
@require(AGENT, roles=("prefecture",))
def identite(voie_id: str) -> Answer:
    """The identity read in a dossier that came by post or e-mail."""

    def act(typed: inputs.IdentiteLue) -> Answer:
        guichet.write_identity(voie_id, typed, current_who(), request_id=request_id())
        return redirect(url_for("dossiers.dossier", voie_id=voie_id), 303)

    return forms.submit(inputs.IdentiteLue, act, partial(_dossier, voie_id))


@pages.post("/objet")
@require(AGENT, roles=("prefecture",))
def objet(voie_id: str) -> Answer:
    """What a dossier that came by itself asks for."""

    def act(typed: inputs.Objet) -> Answer:
        guichet.say_object(voie_id, typed, current_who(), request_id=request_id())
        return redirect(url_for("dossiers.dossier", voie_id=voie_id), 303)

    return forms.submit(inputs.Objet, act, partial(_dossier, voie_id))


@pages.post("/depot")
@require(AGENT, roles=("prefecture",))
def deposer(voie_id: str) -> Answer:
    """Files the dossier: the paper is given now, whatever deposit answers and when."""

    def act(_: forms.Nothing) -> Answer:
        depots.file(voie_id, current_who(), request_id=request_id())
        return redirect(url_for("bureau.voie", voie_id=voie_id), 303)

    return forms.submit(forms.Nothing, act, partial(_dossier, voie_id))


@pages.get("/pieces/<cle>")
@require(AGENT, roles=("prefecture", "instructeur", "superviseur"))
def piece(voie_id: str, cle: str) -> Answer:
    """One file of the dossier, beside the form."""
    who = current_who()
    file = lecture.piece_of(lecture.show(voie_id, who), cle, who)
    if file is None:
        raise Refused(refusals.INTROUVABLE)
    return download(fichiers.store(), file.cle, file.nom, file.media_type, inline=True)


def may_upload(who: Who, metadata: dict[str, str]) -> Accepts:
    """A file joins a dossier in hand of a route in this agent's scope, or is the arrêté of his préfecture. Raises
    Refused otherwise.
    """
    _agent(who)
    if "arrete" in metadata:
        prefectures.may_write(metadata["arrete"], who)
        return Accepts(fichiers.accepts().max_bytes, ("application/pdf",))
    guichet.dossier_in_hand(metadata.get("voie", ""), who)
    return fichiers.accepts()


def on_complete(who: Who, received: Received) -> str:
    """The file is where it belongs; back to the page that sent it."""
    code = received.metadata.get("arrete")
    if code is not None:
        prefectures.keep_arrete(code, received.stored, who, request_id=received.request_id)
        return url_for("reglages.regles", code=code)
    voie_id = received.metadata.get("voie", "")
    guichet.add_piece(voie_id, received.metadata.get("piece", ""), received, who)
    return url_for("dossiers.dossier", voie_id=voie_id)


def _agent(who: Who) -> None:
    if who.kind != AGENT:
        raise Refused(refusals.NON_AUTHENTIFIE)


def _dossier(voie_id: str, form: forms.Form[Any]) -> str:
    voie = lecture.show(voie_id, current_who())
    in_hand = voie.dossiers[-1] if voie.dossiers and voie.dossiers[-1].depot in ("", "REFUSE") else None
    return render_template(
        "substitution/dossier.html",
        voie=voie,
        dossier=in_hand,
        cachee=in_hand is not None and lecture.hides(voie, in_hand, current_who()),
        form=form,
        mots=mots,
        libelle=convocations.libelle(voie),
        demandees=depots.pieces_asked(voie, in_hand) if in_hand else (),
        manquantes=depots.missing_pieces(voie, in_hand) if in_hand else (),
        objets=blocages.objects(),
    )
