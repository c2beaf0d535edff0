"""What deposit fetches of a ticket: the file that an agent named as a proof, with a service token."""

from __future__ import annotations

from flask import Blueprint, Response

from chassis.web.files import download
from chassis.web.internal import check_service
from services.ccc.actions import pieces

pages = Blueprint("fichiers_internes", __name__, url_prefix="/interne/pieces")


@pages.get("/<saisine_id>/<cle>")
def fichier(saisine_id: str, cle: str) -> Response:
    """The bytes of one file."""
    check_service(frozenset({"deposit"}))
    piece = pieces.of_ticket_id(saisine_id, cle)
    return download(pieces.files(), piece.cle, piece.nom, piece.media_type)
