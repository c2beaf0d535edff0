"""Every act of an agent by API: one route for each line of the tables that the pages read too."""

from __future__ import annotations

from flask_openapi import APIBlueprint, Tag

from services.deposit.acte.api import on_demande, on_person
from services.deposit.bureau.actions import actes, personne

TAG = Tag(name="actes", description="Actes des agents, les mêmes que sur les pages")
api = APIBlueprint("api_actes", __name__, abp_tags=[TAG])
# The person gives a mandate by the route that an agent uses for one signed on paper.
ELSEWHERE = {"mandat": "POST /usagers/{usager_id}/mandats"}

for _acte in actes.DEMANDE:
    api.post(f"/demandes/<demande_id>:{_acte.code}")(on_demande(_acte, actes.update_queue))
for _acte in personne.PERSONNE:
    if _acte.code not in ELSEWHERE:
        api.post(f"/usagers/<usager_id>:{_acte.code}", endpoint=f"personne_{_acte.code}")(on_person(_acte))
