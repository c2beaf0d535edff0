"""What only another service may read: the words of messages and the bytes they attach, by service token."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app, request

from chassis import messages, mongo, tokens
from chassis.settings import Settings
from chassis.web.bearers import SCHEME

# Gives the PDF of one of our documents by its number; raises Refused when there is none.
Document = Callable[[str], bytes]


def internal_blueprint(document: Document, readers: frozenset[str] = frozenset({"notify"})) -> Blueprint:
    """`/<service>/interne/messages/<id>` and `/<service>/interne/documents/<numero>.pdf`, for the services in
    `readers`.
    """
    routes = Blueprint("interne", __name__, url_prefix="/interne")

    @routes.before_request
    def guard() -> None:
        check_service(readers)

    @routes.get("/messages/<message_id>")
    def message(message_id: str) -> Response:
        settings: Settings = current_app.config["SETTINGS"]
        return Response(messages.content(mongo.database(settings.service), message_id), mimetype="application/json")

    @routes.get("/documents/<numero>.pdf")
    def pdf(numero: str) -> Response:
        return Response(document(numero), mimetype="application/pdf")

    return routes


def check_service(readers: frozenset[str]) -> str:
    """The calling service, by its token in the Authorization header. Raises Refused for anyone else."""
    token = request.headers.get("Authorization", "").removeprefix(SCHEME)
    return tokens.calling_service(current_app.config["SETTINGS"], token, readers)
