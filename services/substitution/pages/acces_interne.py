"""What deposit fetches of a dossier received here: each file by its key, with a service token."""

from __future__ import annotations

from flask import Blueprint, Response

from chassis.web.files import download
from chassis.web.internal import check_service
from services.substitution.actions import fichiers

pages = Blueprint("fichiers_internes", __name__, url_prefix="/interne/fichiers")


@pages.get("/<cle>")
def fichier(cle: str) -> Response:
    """The bytes of one piece."""
    check_service(frozenset({"deposit"}))
    piece = fichiers.find(cle)
    return download(fichiers.store(), piece.cle, piece.nom, piece.media_type)
