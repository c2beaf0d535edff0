"""The queue by API: the one that the desk shows."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.lists import CURSOR_MAX
from chassis.web.admission import LIST, ranked
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.demande.actions import queries
from services.deposit.instruction.actions import file_attente

TAG = Tag(name="instruction", description="Actes des agents")
api = APIBlueprint("api_agents", __name__, abp_tags=[TAG])
_FILTRES = "|".join(file_attente.FILTRES)


class FileQuery(BaseModel):
    """Which part of the queue, the page that begins there."""

    filtre: str = Field(default="tout", pattern=f"^({_FILTRES})$")
    apres: str = Field(default="", max_length=CURSOR_MAX)


@api.get("/agents/file")
@ranked(LIST)
@require(AGENT, roles=("instructeur", "superviseur", "prefecture"))
def file(query: FileQuery) -> Response:
    """La file de l’agent : le plus urgent d’abord, avec ses raisons."""
    found = file_attente.queue(current_who(), query.filtre, query.apres)
    flags = queries.flags_of([line["_id"] for line in found.lignes])
    shown = [
        {
            "demande_id": line["_id"],
            "reference": line["reference"],
            "libelle": line["libelle"],
            "state": line["state"],
            "retenue_date": line["retenue_date"],
            "document_fin_date": line["droit_fin_date"],
            "avant_date": line["avant_date"],
            "raisons": line["raisons"],
            "accompagne": line.get("accompagne", False),
        }
        | flags[line["_id"]]
        for line in found.lignes
    ]
    return jsonify(demandes=shown, suite=found.suite)
