"""The ANTS dialect, exposed: whoever already calls French appointment systems reads our slots unchanged.

Base `/pan/api/v1/ants`. The contract is not ours, hence its names, its 401/404/422 shapes and its hours:
wall-clock time of Paris with a `Z` that is not UTC.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from services.pan.actions import dialecte

api = Blueprint("ants", __name__, url_prefix="/ants")

HEADER = "X-HUB-RDV-AUTH-TOKEN"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@api.before_request
def guard() -> tuple[Response, int] | None:
    """Only a bearer of a token of today, and only for the préfectures of that token."""
    if not dialecte.prefectures_of(request.headers.get(HEADER, "")):
        return jsonify(detail=f"{HEADER} header invalid"), 401
    return None


@api.get("/getManagedMeetingPoints")
def points() -> Response:
    """The places that the bearer may read."""
    return jsonify(dialecte.points(_prefectures(), current_app.config["SETTINGS"].public_url))


@api.get("/availableTimeSlots")
def slots() -> Response | tuple[Response, int]:
    """Free slots by place; each gives the page where the person books here."""
    wanted = request.args.getlist("meeting_point_ids")
    du, au = _day("start_date"), _day("end_date")
    count = request.args.get("documents_number", "1")
    missing = [n for n, v in (("meeting_point_ids", wanted), ("start_date", du), ("end_date", au)) if not v]
    if missing or not count.isdigit() or not 1 <= int(count) <= 10:
        return _unprocessable(missing or ["documents_number"])
    assert du and au
    lieu_ids = {point["id"] for point in dialecte.points(_prefectures(), "")}
    for lieu_id in wanted:
        if lieu_id not in lieu_ids:
            return jsonify(detail=f"Unknown Meeting Point ID : {lieu_id}"), 404
    base = current_app.config["SETTINGS"].public_url

    def link(creneau_id: str, objet: str) -> str:
        return str(base) + url_for("accueil.prendre", creneau_id=creneau_id, objet=objet)

    return jsonify(dialecte.free_slots(wanted, du, au, link))


@api.get("/searchApplicationIds")
def applications() -> Response | tuple[Response, int]:
    """Appointments by reference of ours; an unknown one has none."""
    wanted = request.args.getlist("application_ids")
    if not wanted or len(wanted) > 50:
        return _unprocessable(["application_ids"])
    manage = current_app.config["SETTINGS"].public_url + url_for("accueil.mon_rendez_vous")
    return jsonify(dialecte.appointments(wanted, _prefectures(), manage))


def _prefectures() -> frozenset[str]:
    return dialecte.prefectures_of(request.headers.get(HEADER, ""))


def _day(name: str) -> date | None:
    text = request.args.get(name, "")
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _unprocessable(names: list[str]) -> tuple[Response, int]:
    detail: list[dict[str, Any]] = [
        {"loc": ["query", name], "msg": "field required or invalid", "type": "value_error"} for name in names
    ]
    return jsonify(detail=detail), 422
