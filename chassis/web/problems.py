"""The only place that turns a refusal into an HTTP status: a problem (RFC 9457) on the API, a page for people."""

from __future__ import annotations

import errno
import json
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from pydantic import ValidationError
from pymongo.errors import OperationFailure
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from chassis import logs, mongo
from chassis.web import refusals, unsent
from chassis.web.identity import is_api, sign_in_link
from chassis.web.inputs import faults_of
from droit.decision import Genre, Motif, Refused

MEDIA_TYPE = "application/problem+json"
STATUS = {
    Genre.INVALIDE: 422,
    Genre.NON_AUTHENTIFIE: 401,
    Genre.INTERDIT: 403,
    Genre.INTROUVABLE: 404,
    Genre.CONFLIT: 409,
    Genre.PRECONDITION: 409,
    Genre.TROP: 429,
    Genre.TROP_GROS: 413,
    Genre.INDISPONIBLE: 503,
}
# HTTP says more than a Genre does about its own faults.
STATUS_OF_CODE = {
    refusals.METHODE_REFUSEE.code: 405,
    refusals.CLE_ABSENTE.code: 400,
    refusals.FORMULAIRE_PERIME.code: 400,
    refusals.HOTE_REFUSE.code: 400,
    refusals.TYPE_REFUSE.code: 415,
    refusals.ERREUR.code: 500,
}
MOTIF_OF_STATUS = {
    400: refusals.DEMANDE_INVALIDE,
    401: refusals.NON_AUTHENTIFIE,
    403: refusals.INTERDIT,
    404: refusals.INTROUVABLE,
    405: refusals.METHODE_REFUSEE,
    413: refusals.TROP_GROS,
    415: refusals.TYPE_REFUSE,
    422: refusals.DEMANDE_INVALIDE,
    429: refusals.TROP_DE_DEMANDES,
    503: refusals.INDISPONIBLE,
}
RETRY_SECONDS = {429: 60, 503: 30}
# A disk that is full, or that cannot be written now: the same file is kept later.
CANNOT_KEEP = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


def register(app: Flask) -> None:
    """Handlers of everything that can be raised; nothing leaves without a Motif."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(ValidationError, _invalid)
    for failure in mongo.STORE_DOWN:
        app.register_error_handler(failure, _unavailable)
    app.register_error_handler(OperationFailure, _refused_by_the_store)
    app.register_error_handler(OSError, _refused_by_the_system)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def status_of(motif: Motif) -> int:
    """The HTTP status of a refusal."""
    return STATUS_OF_CODE.get(motif.code, STATUS[motif.genre])


def answer(motif: Motif, status: int = 0, champ: str = "", faults: list[dict[str, str]] | None = None) -> Response:
    """The refusal as this caller reads it."""
    status = status or status_of(motif)
    response = _problem(motif, status, champ, faults or []) if _by_a_program() else _page(motif, status)
    if status in RETRY_SECONDS:
        response.headers.setdefault("Retry-After", str(RETRY_SECONDS[status]))
    if status == 401 and is_api():
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def validation_problem(error: ValidationError) -> Response:
    """What flask-openapi answers when a body, query or path does not fit its model."""
    return answer(refusals.DEMANDE_INVALIDE, faults=faults_of(error))


def _by_a_program() -> bool:
    """The API, whoever shows a token rather than a cookie, and what sends a file by parts."""
    return is_api() or "Authorization" in request.headers or "Tus-Resumable" in request.headers


def _problem(motif: Motif, status: int, champ: str, faults: list[dict[str, str]]) -> Response:
    body: dict[str, Any] = {
        "type": f"{current_app.config['SETTINGS'].public_url}/problemes/{motif.code}",
        "title": gettext(motif.phrase),
        "status": status,
        "detail": gettext(motif.suite),
        "code": motif.code,
        "source": motif.source,
        "request_id": g.get("trace", ""),
    }
    if champ:
        body["champ"] = champ
    if faults:
        body["champs"] = faults
    response = jsonify(body)
    response.status_code = status
    response.content_type = MEDIA_TYPE
    return response


def _page(motif: Motif, status: int) -> Response:
    if status == 401 and request.method == "GET" and "wanted_kinds" in g:
        # Somebody who follows a link to their dossier is taken to the sign-in page and back, not to an error.
        return make_response(redirect(sign_in_link(g.wanted_kinds, request.full_path.rstrip("?"))))
    back = unsent.page_of_form()
    page = render_template("erreur.html", motif=motif, status=status, trace=g.get("trace", ""), retour=back)
    return make_response(page, status)


def _refused(error: Refused) -> Response | AnyResponse:
    # The session ended while the form was being filled; a sign-in of another kind does not open this door.
    ended = error.motif in (refusals.NON_AUTHENTIFIE, refusals.INTERDIT) and "wanted_kinds" in g
    if ended and request.method == "POST" and not _by_a_program() and (shown := unsent.recover()):
        return shown
    response = answer(error.motif, champ=error.champ)
    if "attente_secondes" in error.details:
        response.headers["Retry-After"] = str(error.details["attente_secondes"])
    # What a rule says beside its reason (which pieces are missing) helps the program that asked; it is never personal.
    if error.details and response.content_type == MEDIA_TYPE:
        response.set_data(json.dumps({**json.loads(response.get_data()), "details": error.details}, default=str))
    return response


def _invalid(error: ValidationError) -> Response:
    return answer(refusals.DEMANDE_INVALIDE, faults=faults_of(error))


def _unavailable(error: Exception) -> Response:
    g.failing = True
    logs.get().error("http.unavailable", error=type(error).__name__)
    return answer(refusals.INDISPONIBLE)


def _refused_by_the_store(error: OperationFailure) -> Response:
    return _unavailable(error) if error.code == mongo.DISK_FULL else _unexpected(error)


def _refused_by_the_system(error: OSError) -> Response:
    return _unavailable(error) if error.errno in CANNOT_KEEP else _unexpected(error)


def _http(error: HTTPException) -> Response | AnyResponse:
    if error.response is not None:
        return make_response(error.response)
    if isinstance(error, SecurityError):
        return _bare(refusals.HOTE_REFUSE)
    if isinstance(error, CSRFError):
        return _stale()
    status = error.code or 500
    if status < 400:
        # A redirect of the router (a missing final slash) is not a refusal.
        return AnyResponse("", status, error.get_headers())
    motif = MOTIF_OF_STATUS.get(status, refusals.ERREUR if status >= 500 else refusals.DEMANDE_INVALIDE)
    response = answer(motif, status=status)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _stale() -> Response | AnyResponse:
    try:
        shown = None if _by_a_program() else unsent.recover()
    except mongo.STORE_DOWN as error:
        return _unavailable(error)
    return shown or answer(refusals.FORMULAIRE_PERIME)


def _unexpected(error: Exception) -> Response:
    # What went wrong is for the log; the person gets what is kept and the way out, never the detail.
    g.failing = True
    logs.get().error("http.error", error=type(error).__name__, exc_info=True)
    return answer(refusals.ERREUR, status=500)


def _bare(motif: Motif) -> Response:
    """The answer to a host that is not ours: nothing can be routed there, so it has neither layout nor link."""
    response = make_response(f"{motif.phrase} {motif.suite}\n", status_of(motif))
    response.content_type = "text/plain; charset=utf-8"
    return response
