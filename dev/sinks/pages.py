"""The sinks' pages: what arrived, one message, its attachments; the SMS gateway's own address; JSON for tests."""

from __future__ import annotations

import io
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, abort, jsonify, render_template, request, send_file
from flask.typing import ResponseReturnValue

from dev.sinks.sms import Sms
from dev.sinks.smtp import Courriels

SHOWN = 200
TEMPLATES = Path(__file__).parent.parent / "templates"


def create_app(courriels: Courriels, sms: Sms) -> Flask:
    """The application behind `/boites`."""
    app = Flask("dev.sinks", template_folder=str(TEMPLATES), static_folder=None)
    boites = Blueprint("boites", "dev.sinks", url_prefix="/boites")

    @app.get("/readyz")
    def ready() -> ResponseReturnValue:
        return jsonify(ready=True)

    @boites.get("/")
    def index() -> ResponseReturnValue:
        return render_template("boites.html", courriels=len(_received(courriels, "")), sms=len(sms.messages()))

    @boites.get("/courriels")
    def list_courriels() -> ResponseReturnValue:
        to = request.args.get("a", "")
        return render_template("courriels.html", messages=_received(courriels, to)[:SHOWN], to=to)

    @boites.get("/courriels.json")
    def json_courriels() -> ResponseReturnValue:
        found = _received(courriels, request.args.get("a", ""))[:SHOWN]
        return jsonify([line | _content(courriels.read(line["id"]), line["id"]) for line in found])

    @boites.get("/courriels/<key>")
    def show_courriel(key: str) -> ResponseReturnValue:
        line = next((line for line in courriels.journal.lines() if line["id"] == key), None)
        if line is None:
            abort(404)
        return render_template("courriel.html", message=line | _content(courriels.read(key), key))

    @boites.get("/courriels/<key>/pieces/<int:index>")
    def download(key: str, index: int) -> ResponseReturnValue:
        try:
            part = list(courriels.read(key).iter_attachments())[index]
        except (KeyError, IndexError):
            abort(404)
        name = part.get_filename() or f"piece-{index}"
        content = part.get_payload(decode=True)
        body = content if isinstance(content, bytes) else part.as_bytes()
        return send_file(io.BytesIO(body), mimetype=part.get_content_type(), as_attachment=True, download_name=name)

    @boites.get("/sms")
    def list_sms() -> ResponseReturnValue:
        to = request.args.get("a", "")
        return render_template("sms.html", messages=_to(sms.messages(), to)[:SHOWN], to=to)

    @boites.get("/sms.json")
    def json_sms() -> ResponseReturnValue:
        return jsonify(_to(sms.messages(), request.args.get("a", ""))[:SHOWN])

    @boites.post("/sms/envois")
    def take_sms() -> ResponseReturnValue:
        status, answer = sms.take(request.get_json(silent=True) or {})
        return jsonify(answer), status

    app.register_blueprint(boites)
    return app


def _received(courriels: Courriels, to: str) -> list[dict[str, Any]]:
    lines = courriels.journal.lines()[::-1]
    return [line for line in lines if not to or to.lower() in (address.lower() for address in line["to"])]


def _to(messages: list[dict[str, Any]], to: str) -> list[dict[str, Any]]:
    """A "+" that a link forgot to write as %2B arrives as a space."""
    wanted = to.strip().lstrip("+")
    return [line for line in messages if not wanted or line["to"].lstrip("+") == wanted]


def _content(message: EmailMessage, key: str) -> dict[str, Any]:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    return {
        "text": plain.get_content() if plain is not None else "",
        "html": html.get_content() if html is not None else "",
        "headers": {name: str(value) for name, value in message.items()},
        "attachments": [
            {
                "name": part.get_filename() or f"piece-{index}",
                "type": part.get_content_type(),
                "url": f"/boites/courriels/{key}/pieces/{index}",
            }
            for index, part in enumerate(message.iter_attachments())
        ],
    }
