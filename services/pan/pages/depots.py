"""A dossier prepared beside the person: its pieces by name, several files each, then the filing and its proof."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, redirect, render_template, url_for

from chassis.web import forms
from chassis.web.files import FileStore, download
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.internal import check_service
from chassis.web.uploads import Accepts, Received, tus_blueprint
from chassis.web.who import AGENT, Who
from services.pan.actions import bureau, depots, rappels, reparations

pages = Blueprint("depots", __name__, url_prefix="/bureau/depots")

PIECE_BYTES = 50 * 1024 * 1024


@pages.get("/<depot_id>")
@require(AGENT)
def voir(depot_id: str) -> str:
    return _page(depot_id, forms.blank())


def _page(depot_id: str, form: forms.Form[Any]) -> str:
    depot = bureau.dossier(depot_id, current_who())
    return render_template(
        "pan/bureau/depot.html",
        depot=depot,
        cachee=bureau.hides(depot, current_who()),
        form=form,
        pieces=depots.wanted(depot),
        manquantes=depots.missing(depot),
        absentes=depots.often_missing(depot),
        a_completer=bureau.to_complete(depot),
        rappels=rappels.of_depot(depot),
    )


@pages.post("/<depot_id>/pieces/<piece_id>/retirer")
@require(AGENT)
def retirer(depot_id: str, piece_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        depots.remove_piece(depot_id, piece_id, current_who(), request_id=request_id())
        return redirect(url_for("depots.voir", depot_id=depot_id), 303)

    return forms.submit(forms.Nothing, act, partial(_page, depot_id))


@pages.post("/<depot_id>/deposer")
@require(AGENT)
def deposer(depot_id: str) -> Answer:
    def act(_: forms.Nothing) -> Answer:
        depots.file(depot_id, current_who(), request_id=request_id())
        return redirect(url_for("depots.voir", depot_id=depot_id), 303)

    return forms.submit(forms.Nothing, act, partial(_page, depot_id))


@pages.get("/<depot_id>/pieces/<piece_id>")
@require(AGENT)
def piece(depot_id: str, piece_id: str) -> Response:
    found = bureau.piece_of(depot_id, piece_id, current_who())
    return download(depots.files(), found.cle, found.nom, found.media_type, inline=True)


def uploads() -> Blueprint:
    """The resumable upload of pieces, and its plain form."""
    return tus_blueprint(_files(), _may_upload, _complete)


def _files() -> FileStore:
    return depots.files()


def _may_upload(who: Who, metadata: dict[str, str]) -> Accepts:
    bureau.dossier(metadata.get("depot", ""), who)
    return Accepts(PIECE_BYTES)


def _complete(who: Who, received: Received) -> str:
    depot_id = received.metadata.get("depot", "")
    depots.add_piece(
        depot_id,
        received.metadata.get("piece", "autre"),
        received.stored,
        who,
        request_id=received.request_id,
    )
    return url_for("depots.voir", depot_id=depot_id)


def internal() -> Blueprint:
    """The files that deposit reads after the command that names them."""
    routes = Blueprint("pieces_internes", __name__, url_prefix="/interne")

    @routes.get("/pieces/<depot_id>/<piece_id>")
    def read(depot_id: str, piece_id: str) -> Response:
        check_service(frozenset({"deposit"}))
        found = depots.piece_of(depot_id, piece_id)
        return download(depots.files(), found.cle, found.nom, found.media_type)

    @routes.get("/preuves/<visite_id>/<cle>")
    def proof(visite_id: str, cle: str) -> Response:
        check_service(frozenset({"deposit"}))
        found = reparations.proof_of(visite_id, cle)
        return download(depots.files(), found["cle"], found["nom"], found["media_type"])

    return routes
