"""Slow senders hold a few threads of a service, never all of them: everybody else is answered meanwhile."""

from __future__ import annotations

import re
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import requests

from chassis.web.long_bodies import AT_ONCE, FRONT_BYTES
from chassis.web.options import MIB, WebOptions
from dev.environment import REPOSITORY
from dev.parcours.monde import Monde

SLOW = 14
FORM = "/ccc/ecrire"


def test_fourteen_slow_senders_of_a_long_body_freeze_nobody(monde: Monde) -> None:
    front = urlsplit(monde.stack.url)
    head = f"POST {FORM} HTTP/1.1\r\nHost: {front.netloc}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    head += f"Content-Length: {24 * MIB}\r\n\r\n"
    with ExitStack() as lines:
        for _ in range(SLOW):
            line = lines.enter_context(socket.create_connection((front.hostname, front.port), timeout=30))
            line.sendall(head.encode() + b"\0" * (FRONT_BYTES + MIB))
        seen = [requests.get(f"{monde.stack.url}/ccc/", timeout=10).status_code for _ in range(AT_ONCE * 3)]

    assert set(seen) == {200}


def test_the_front_holds_every_common_body_whole() -> None:
    fronts = (REPOSITORY / "dev/front.py", REPOSITORY / "deploy/k8s/base/front/Caddyfile")
    held = [int(size) * MIB for path in fronts for size in re.findall(r"request_buffers (\d+)MiB", path.read_text())]

    assert held == [FRONT_BYTES, FRONT_BYTES]
    assert WebOptions().max_body_bytes < FRONT_BYTES
