"""All that is kept of the person, by API: a route of the account, which reads every room."""

from __future__ import annotations

from flask import Response, jsonify

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import USAGER
from services.deposit.compte.api.comptes import api
from services.deposit.demande import api as vues
from services.deposit.espace.actions import donnees
from services.deposit.instruction.actions import reparations
from services.deposit.instruction.inputs import TitreRecu

__all__ = ["api"]


@api.get("/moi/donnees")
@require(USAGER)
def mes_donnees() -> Response:
    """Tout ce que le service garde de la personne connectée, en un fichier."""
    return jsonify(donnees.export(current_who()))


@api.post("/moi/titres:recu")
@require(USAGER)
def declarer_recu(body: TitreRecu) -> Response:
    """« J’ai bien reçu mon titre » : il n’attend plus en préfecture."""
    who = current_who()
    return jsonify(vues.usager(reparations.declare_remise(who.id, body, who, request_id=request_id())))
