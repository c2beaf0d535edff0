"""All that is kept of the person, by API: a route of the account, which reads every room."""

from __future__ import annotations

from flask import Response, jsonify

from chassis.web.identity import current_who, require
from chassis.web.who import USAGER
from services.deposit.compte.api.comptes import api
from services.deposit.espace import actions as donnees

__all__ = ["api"]


@api.get("/moi/donnees")
@require(USAGER)
def mes_donnees() -> Response:
    """Tout ce que le service garde de la personne connectée, en un fichier."""
    return jsonify(donnees.export(current_who()))
