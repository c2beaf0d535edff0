"""Whether a process answers, asked over the network as anybody else would."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from typing import Any

PATIENCE = 2.0


def answers_http(port: int, path: str = "/readyz") -> Callable[[], bool]:
    """A question to ask again and again: does GET `path` on this loopback port give 200?"""

    def ask() -> bool:
        return status_of(port, path) == 200

    return ask


def answers_tcp(port: int) -> Callable[[], bool]:
    """A question to ask again and again: does somebody listen on this loopback port?"""

    def ask() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        except OSError:
            return False
        return True

    return ask


def status_of(port: int, path: str) -> int:
    """The HTTP status of GET `path`, 0 when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def json_of(port: int, path: str) -> dict[str, Any] | None:
    """The JSON object that GET `path` gives with 200, None when it does not."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        found = json.loads(answer.read()) if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return found if isinstance(found, dict) else None
