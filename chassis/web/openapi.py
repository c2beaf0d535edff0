"""The API's own description: OpenAPI 3.1 with the problems that every route may answer."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from flask import Response, jsonify
from flask_openapi import OpenAPI
from pydantic import BaseModel, Field

from chassis.web.idempotency import KEPT, UNSAFE
from chassis.web.problems import MEDIA_TYPE

DESCRIPTIONS = {
    "400": "Clé d'idempotence absente ou requête illisible",
    "401": "Jeton absent, inconnu ou terminé",
    "403": "Ce jeton ne permet pas cette action",
    "404": "Objet inconnu de ce compte",
    "405": "Méthode non admise à cette adresse",
    "409": "L'état de l'objet ne le permet pas, ou le même envoi est en cours",
    "413": "Corps trop gros",
    "415": "Format non admis",
    "422": "Champs invalides, ou clé déjà utilisée pour un autre envoi",
    "429": "Trop de demandes : attendre Retry-After secondes",
    "500": "Erreur de notre fait",
    "503": "Service en panne : attendre Retry-After secondes",
}


# `@api.post(…, openapi_extensions=PUBLIC)`: the description says that no token is needed.
PUBLIC = {"x-public": True}


class FauteDeChamp(BaseModel):
    """One field at fault."""

    champ: str
    type: str
    message: str


class Problem(BaseModel):
    """A problem (RFC 9457). `code` is stable, `title` and `detail` are for people in their language."""

    type: str = Field(json_schema_extra={"format": "uri"})
    title: str
    status: int
    detail: str
    code: str
    source: str
    request_id: str
    champ: str | None = None
    champs: list[FauteDeChamp] | None = None


def register(app: OpenAPI, service: str) -> None:
    """The description is made once, at its first reading."""
    made: dict[str, Any] = {}

    def describe() -> Response:
        if not made:
            made.update(finish(deepcopy(app.api_doc), app))
        return jsonify(made)

    app.add_url_rule(f"/{service}/openapi.json", "openapi", describe)


def finish(spec: dict[str, Any], app: OpenAPI) -> dict[str, Any]:
    """Adds to each operation its problems, its key and its security."""
    components = spec.setdefault("components", {})
    components.setdefault("securitySchemes", {})["jeton"] = {"type": "http", "scheme": "bearer"}
    components["responses"] = {f"Problem{status}": _problem(text) for status, text in DESCRIPTIONS.items()}
    components["parameters"] = {"IdempotencyKey": _key()}
    keyless = {operation for operation, free in _keyless(app).items() if free}
    for path, item in spec.get("paths", {}).items():
        for method, operation in item.items():
            needs_key = method.upper() in UNSAFE and (method.upper(), path) not in keyless
            if needs_key:
                operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IdempotencyKey"})
            # flask-openapi drops an empty list, which is how OpenAPI says that a route needs no token.
            operation["security"] = [] if operation.pop("x-public", False) else [{"jeton": []}]
            for status in DESCRIPTIONS:
                operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    return spec


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _key() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": f"Une clé nouvelle par action, la même pour la répéter. Résultat gardé {KEPT.days} jours.",
        "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{16,128}$"},
    }


def _keyless(app: OpenAPI) -> dict[tuple[str, str], bool]:
    """(method, path as written in the description) -> whether the route takes no key."""
    found = {}
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for argument in rule.arguments:
            for written in (f"<{argument}>", f"<string:{argument}>", f"<uuid:{argument}>", f"<int:{argument}>"):
                path = path.replace(written, f"{{{argument}}}")
        free = bool(getattr(app.view_functions[rule.endpoint], "without_key", False))
        for method in rule.methods or ():
            found[(method, path)] = free
    return found
