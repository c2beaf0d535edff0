"""One log line, one histogram value and one span per request, by route template: never an address, never a person."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, Response, g, request

from chassis import clock, logs, telemetry
from chassis.web.who import NOBODY

UNROUTED = "aucune"


def register(app: Flask) -> None:
    """Before everything else, so that a refusal by any other hook is seen too."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_close)


def note_sign_in(outcome: str, **how: str | bool) -> None:
    """That somebody was let in or not, and by what; never who she said that she was."""
    logs.get().info("signin", outcome=outcome, route=_route(), request_id=g.get("trace", ""), **how)


def _begin() -> None:
    # The caller's own X-Request-Id is not taken: it would let anybody write into our logs.
    g.trace = clock.new_id()
    g.began = clock.monotonic()
    g.span = ExitStack()
    carrier = {name: request.headers[name] for name in ("traceparent", "tracestate") if name in request.headers}
    span = telemetry.span(f"{request.method} {_route()}", carrier, **{"http.route": _route()})
    g.current_span = g.span.enter_context(span)


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("trace", "")
    if request.endpoint == "static":
        return response
    seconds = clock.monotonic() - g.get("began", clock.monotonic())
    method = request.method if request.url_rule else "AUTRE"
    telemetry.http_seconds.labels(_route(), method, str(response.status_code)).observe(seconds)
    if "current_span" in g:
        g.current_span.set_attribute("http.response.status_code", response.status_code)
    logs.get().info(
        "http.request",
        route=_route(),
        method=method,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        who=g.get("who", NOBODY).kind,
        request_id=g.get("trace", ""),
        trace_id=telemetry.trace_id(),
    )
    return response


def _close(_: BaseException | None = None) -> None:
    span: ExitStack | None = g.pop("span", None)
    if span is not None:
        span.close()


def _route() -> str:
    """One name for every unknown route: raw paths would fill the metrics and carry what people type."""
    return request.url_rule.rule if request.url_rule else UNROUTED
