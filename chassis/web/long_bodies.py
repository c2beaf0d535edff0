"""Bodies too long for the front to hold are read at the sender's own pace: a few at once, each for a time.

A worker has twelve threads. Without this, as many slow senders would keep everybody else waiting.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flask import Flask, current_app, g, request

from chassis.web.options import MIB
from droit.decision import Genre, Motif, Refused

# What the front reads whole before it hands a request on (`request_buffers`): every common body.
FRONT_BYTES = 11 * MIB
AT_ONCE = 4
SECONDS = 180.0

TROP_DE_GROS_ENVOIS = Motif(
    "TROP_DE_GROS_ENVOIS",
    "regle-du-service",
    "Trop de gros fichiers arrivent en même temps : celui-ci n’a pas été reçu.",
    "Recommencez dans une minute, ou envoyez un fichier plus petit.",
    Genre.INDISPONIBLE,
)


def register(app: Flask) -> None:
    """Before anything reads the body."""
    app.config["LONG_BODIES"] = threading.BoundedSemaphore(AT_ONCE)
    app.before_request(_take_place)
    app.teardown_request(_give_place)


def _take_place() -> None:
    length = request.content_length
    if request.method in ("GET", "HEAD", "OPTIONS") or (length is not None and length <= FRONT_BYTES):
        return
    if length is None and "wsgi.input_terminated" not in request.environ:
        return
    places: threading.BoundedSemaphore = current_app.config["LONG_BODIES"]
    line: socket.socket | None = request.environ.get("gunicorn.socket")
    if not places.acquire(blocking=False):
        _end(line)
        raise Refused(TROP_DE_GROS_ENVOIS)
    g.long_body = (places, _end_after(SECONDS, line))


@contextmanager
def hurried(idle: float, seconds: float) -> Iterator[None]:
    """What is read of the body inside must come without a pause of `idle` seconds, and within `seconds`.

    For a request that gunicorn serves.
    """
    line: socket.socket = request.environ["gunicorn.socket"]
    before, timer = line.gettimeout(), _end_after(seconds, line)
    line.settimeout(idle)
    try:
        yield
    finally:
        timer.cancel()
        line.settimeout(before)


def _end_after(seconds: float, line: socket.socket | None) -> threading.Timer:
    timer = threading.Timer(seconds, _end, [line])
    timer.daemon = True
    timer.start()
    return timer


def _end(line: socket.socket | None) -> None:
    """Ends the reading: what would still come is read as the end of the body."""
    if line is not None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RD)


def _give_place(_error: BaseException | None) -> None:
    taken = g.pop("long_body", None)
    if taken is not None:
        places, timer = taken
        timer.cancel()
        places.release()
