"""Security headers on every answer, and the few things checked before any route runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from chassis.settings import Settings
from chassis.web import long_bodies
from chassis.web.options import MIB, WebOptions
from chassis.web.views import mark
from chassis.web.who import NOBODY

# No inline script or style at all: nothing to sign, nothing to inject.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
ONE_YEAR_SECONDS = 31_536_000
CHUNK_BYTES, READ_OUT_BYTES = 64 * 1024, 64 * MIB
IDLE_SECONDS, READ_OUT_SECONDS = 1.0, 20.0

V = TypeVar("V", bound=Callable[..., Any])


def register(app: Flask) -> None:
    """Adds the headers last, over whatever a view set."""
    app.before_request(_body_limit)
    app.after_request(_read_out)
    app.after_request(_secure)


def trusted_hosts(settings: Settings, options: WebOptions) -> list[str]:
    """Hosts we answer for: the public one, the peers' address for this service, and what the operator adds."""
    own = (settings.web_addresses or {}).get(settings.service, "")
    names = {urlsplit(settings.public_url).hostname, urlsplit(own).hostname, settings.host, *options.hosts}
    return sorted(name for name in names if name)


def max_body(size: int) -> Callable[[V], V]:
    """Gives a route its own limit for the size of a body."""

    def decorate(view: V) -> V:
        mark(view).max_body_bytes = size
        return view

    return decorate


def _body_limit() -> None:
    """A route that takes files says its own limit (`max_body_bytes` on the view); every other has the common one."""
    view = current_app.view_functions.get(request.endpoint or "")
    limit: int = getattr(view, "max_body_bytes", None) or current_app.config["MAX_CONTENT_LENGTH"]
    # Werkzeug refuses a body that just fills the limit when the server ends the stream itself, as gunicorn does: a body
    # of a known length is bounded by that length, one of an unknown length by the first byte too many.
    if request.content_length is None:
        limit += 1
    else:
        request.environ.pop("wsgi.input_terminated", None)
    request.max_content_length = limit


def _read_out(response: Response) -> Response:
    """Reads what a refusal left unread: a line closed on unread bytes is reset, and the front says that we are down."""
    if response.status_code >= 400 and request.content_length and "gunicorn.socket" in request.environ:
        left = min(request.content_length, READ_OUT_BYTES)
        # Of who announced a body and sends none, or sends it for ever, nothing more is waited for.
        with long_bodies.hurried(IDLE_SECONDS, READ_OUT_SECONDS), suppress(OSError):
            while left > 0 and (chunk := request.environ["wsgi.input"].read(min(left, CHUNK_BYTES))):
                left -= len(chunk)
    return response


def _secure(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    if current_app.config["SETTINGS"].secure:
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR_SECONDS}; includeSubDomains"
    if request.endpoint != "static" and (g.get("who", NOBODY).signed_in or "Cache-Control" not in headers):
        headers["Cache-Control"] = "no-store"
    return response
