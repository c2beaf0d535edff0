"""Every act of an agent by API: one route for each line of the tables that the pages read too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel

from chassis.web.headers import max_body
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.uploads import FORM_BYTES
from services.deposit.acte.actions import DEMANDE_LUE, RIEN, Acte, Envoi, Rien
from services.deposit.acte.pages import sent_file
from services.deposit.bureau.actions import actes, personne
from services.deposit.demande import api as vues
from services.deposit.demande.api import DemandePath, UsagerPath
from services.deposit.dossier.actions import acces

TAG = Tag(name="actes", description="Actes des agents, les mêmes que sur les pages")
api = APIBlueprint("api_actes", __name__, abp_tags=[TAG])
# The person gives a mandate by the route that an agent uses for one signed on paper.
ELSEWHERE = {"mandat": "POST /usagers/{usager_id}/mandats"}


def _demande(acte: Acte) -> Callable[..., Response]:
    def act(path: DemandePath, body: Any = None, form: Any = None) -> Response:
        who = current_who()
        if acte.fichier:
            # Nothing is stored for who may not reach the demande.
            acces.access_demande(path.demande_id, who)
        done = acte.faire(path.demande_id, Envoi(who, body or form or Rien(), request_id(), sent_file(acte)))
        return _answer(acte, done, vues.demande)

    return _view(act, acte, DemandePath)


def _personne(acte: Acte) -> Callable[..., Response]:
    def act(path: UsagerPath, body: Any = None) -> Response:
        done = acte.faire(path.usager_id, Envoi(current_who(), body or Rien(), request_id()))
        return _answer(acte, done, lambda usager: {"usager_id": usager.id, "gele": usager.gele})

    return _view(act, acte, UsagerPath)


def _view(act: Callable[..., Response], acte: Acte, path: type[BaseModel]) -> Callable[..., Response]:
    """`act` as flask-openapi reads it: its models by its annotations, its sentence by its docstring."""
    act.__name__ = acte.code.replace("-", "_")
    act.__doc__ = f"{acte.libelle}. {acte.effet}"
    act.__annotations__ = {"path": path, "return": Response}
    if acte.inputs is not Rien:
        act.__annotations__["form" if acte.fichier else "body"] = acte.inputs
    guarded = require(*acte.qui)(act)
    return max_body(FORM_BYTES)(guarded) if acte.fichier else guarded


def _answer(acte: Acte, done: Any, default: Callable[[Any], dict[str, Any]]) -> Response:
    if acte.reponse is not None:
        return jsonify(acte.reponse(done))
    if acte.rend == RIEN:
        return jsonify(fait=acte.code)
    return jsonify(vues.demande(done) if acte.rend == DEMANDE_LUE else default(done))


for _acte in actes.DEMANDE:
    api.post(f"/demandes/<demande_id>:{_acte.code}")(_demande(_acte))
for _acte in personne.PERSONNE:
    if _acte.code not in ELSEWHERE:
        api.post(f"/usagers/<usager_id>:{_acte.code}", endpoint=f"personne_{_acte.code}")(_personne(_acte))
