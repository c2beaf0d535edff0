"""The rupture watch by API: figures without any person (XCT-04)."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag

from chassis.web.admission import LIST, ranked
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.instruction.actions import file_attente, statistiques

TAG = Tag(name="ruptures", description="Ruptures de droits, en chiffres")
api = APIBlueprint("api_ruptures", __name__, abp_tags=[TAG])


@api.get("/agents/ruptures")
@ranked(LIST)
@require(AGENT, roles=statistiques.LECTEURS)
def lire() -> Response:
    """Les ruptures des douze derniers mois, par préfecture, mois et cause."""
    scope = file_attente.prefectures_of(current_who())
    rows, blocked = statistiques.count(scope), statistiques.blocked(scope)
    return jsonify(
        ruptures=[asdict(row) for row in rows],
        causes=dict(statistiques.CAUSES),
        bloquees=[asdict(row) for row in blocked],
    )


@api.get("/agents/ruptures.csv")
@ranked(LIST)
@require(AGENT, roles=statistiques.LECTEURS)
def tableau() -> Response:
    """Les mêmes chiffres, en tableau."""
    written = statistiques.as_csv(statistiques.count(file_attente.prefectures_of(current_who())))
    headers = {"Content-Disposition": 'attachment; filename="ruptures.csv"'}
    return Response(written, mimetype="text/csv", headers=headers)
