"""The next step of a support mission, by API (XCT-22)."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.engagement import inputs
from services.deposit.engagement.actions import missions

TAG = Tag(name="missions", description="Missions d’appui aux préfectures")
api = APIBlueprint("api_missions", __name__, abp_tags=[TAG])


class MissionPath(BaseModel):
    """A mission by its identifier."""

    mission_id: str = Field(max_length=64)


@api.post("/agents/missions/<mission_id>:suivre")
@require(AGENT, roles=missions.PROGRAMME)
def suivre(path: MissionPath, body: inputs.SuiteDeMission) -> Response:
    """Note la suite d’une mission d’appui."""
    found = missions.decide(path.mission_id, body, current_who(), request_id=request_id())
    return jsonify(mission_id=found.id, prefecture=found.prefecture, objet=found.objet, state=found.state)
