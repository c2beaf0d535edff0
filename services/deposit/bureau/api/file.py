"""The queue by API, as rows of the préfecture's own view."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.demande.actions import queries
from services.deposit.dossier.rules import etats

TAG = Tag(name="instruction", description="Actes des agents")
api = APIBlueprint("api_agents", __name__, abp_tags=[TAG])


class FileQuery(BaseModel):
    """Page of the queue, from 0."""

    page: int = Field(default=0, ge=0, le=1000)


@api.get("/agents/file")
@require(AGENT, roles=("instructeur", "superviseur", "prefecture"))
def file(query: FileQuery) -> Response:
    """La file de l’agent : le plus urgent d’abord, avec ses raisons."""
    who = current_who()
    rows = queries.queue(sorted(who.prefectures), etats.EN_INSTRUCTION, query.page)
    shown = [
        {
            "demande_id": r["_id"],
            "reference": r["reference"],
            "libelle": r["libelle"],
            "state": r["state"],
            "retenue_date": r.get("retenue_date", ""),
            "document_fin_date": r.get("document_fin_date") or "",
            "rang": r.get("rang", 0),
            "urgences": r.get("urgences", []),
            "incoherences": r.get("incoherences", []),
        }
        for r in rows[: queries.PAGE]
    ]
    return jsonify(demandes=shown, suite=len(rows) > queries.PAGE)
