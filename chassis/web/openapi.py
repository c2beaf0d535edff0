"""The API's own description: OpenAPI 3.1 with the problems that every route may answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from flask import Response, jsonify
from flask_openapi import OpenAPI
from flask_openapi.types import ResponseDict
from flask_openapi.utils import parse_rule
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


Paths = dict[str, dict[str, dict[str, Any]]]
View = Callable[..., Any]

# What an address that ends so answers; any other answers JSON.
MEDIA_TYPES = {".pdf": "application/pdf", ".csv": "text/csv"}
GIVES = "x-gives"
_PARAMETER = re.compile(r"\{(\w+)\}")


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


def gives(*names: str, **fields: str) -> ResponseDict:
    """`@api.post(…, responses=gives("demande_id"))`: the answer 201 holds these names of the next calls’ addresses.

    `gives(visite_id="id")` where the answer calls it otherwise. The links of the description are made from it.
    """
    held = {name: name for name in names} | fields
    properties = {field: {"type": "string"} for field in held.values()}
    schema = {"type": "object", "properties": properties, "required": sorted(properties)}
    return {"201": {"description": "Fait", "content": {"application/json": {"schema": schema}}, GIVES: held}}


def answers(media_type: str) -> ResponseDict:
    """`@api.get(…, responses=answers("application/pdf"))`: what answers no JSON though its address does not say so."""
    return {"200": {"description": "Fait", "content": {media_type: {"schema": {"type": "string"}}}}}


def finish(spec: dict[str, Any], app: OpenAPI) -> dict[str, Any]:
    """Gives each operation its address, its answers, its key and its security, then links those that follow."""
    components = spec.setdefault("components", {})
    components.setdefault("securitySchemes", {})["jeton"] = {"type": "http", "scheme": "bearer"}
    components["responses"] = {f"Problem{status}": _problem(text) for status, text in DESCRIPTIONS.items()}
    components["parameters"] = {"IdempotencyKey": _key()}
    routes, paths = _routes(app), Paths()
    for path, item in spec.get("paths", {}).items():
        for method, operation in item.items():
            written, view = routes[method.upper(), path]
            _complete(operation, method.upper(), written, view)
            paths.setdefault(written, {})[method] = operation
    spec["paths"] = paths
    _link(paths, components.get("schemas", {}))
    return spec


def _routes(app: OpenAPI) -> Mapping[tuple[str, str], tuple[str, View]]:
    """(method, path as flask-openapi writes it) -> the path as OpenAPI wants it, and the view.

    The library reads `<demande_id>:deposer` as the converter `demande_id` of a parameter `deposer`.
    """
    found = {}
    for rule in app.url_map.iter_rules():
        written = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in rule.methods or ():
            found[method, parse_rule(rule.rule)] = written, app.view_functions[rule.endpoint]
    return found


def _complete(operation: dict[str, Any], method: str, path: str, view: View) -> None:
    if method in UNSAFE and not getattr(view, "without_key", False):
        operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IdempotencyKey"})
    operation["security"] = [{"jeton": []}] if getattr(view, "admits", None) else []
    responses = operation.setdefault("responses", {})
    # What flask-openapi says of a bad field is one of our problems.
    for status in DESCRIPTIONS:
        responses[status] = {"$ref": f"#/components/responses/Problem{status}"}
    if not any(status.startswith("2") for status in responses):
        media_type = next((kind for end, kind in MEDIA_TYPES.items() if path.endswith(end)), "application/json")
        schema = {"type": "object" if media_type == "application/json" else "string"}
        responses["200"] = {"description": "Fait", "content": {media_type: {"schema": schema}}}


def _link(paths: Paths, schemas: Mapping[str, Any]) -> None:
    """What an operation created leads to each one whose address asks for no more than its answer and address hold."""
    operations = [(path, operation) for path, item in paths.items() for operation in item.values()]
    for path, operation in operations:
        held = _created(operation["responses"].get("201", {}), schemas)
        if not held:
            continue
        known = {name: f"$request.path.{name}" for name in _PARAMETER.findall(path)} | held
        operation["responses"]["201"]["links"] = {
            after["operationId"]: {
                "operationId": after["operationId"],
                "parameters": {name: known[name] for name in _PARAMETER.findall(following)},
            }
            for following, after in operations
            if held.keys() & (wanted := set(_PARAMETER.findall(following))) and wanted <= known.keys()
        }


def _created(response: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, str]:
    """Parameter of the next calls -> where the answer holds it: what it `gives`, and the identifiers of its model."""
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    model = schemas.get(schema.get("$ref", "").rsplit("/", 1)[-1], {})
    held = response.get(GIVES) or {name: name for name in model.get("properties", {}) if name.endswith("_id")}
    return {name: f"$response.body#/{field}" for name, field in held.items()}


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
