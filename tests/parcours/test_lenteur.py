"""Slow senders hold a few threads of a service, never all of them: everybody else is answered meanwhile."""

from __future__ import annotations

import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import requests

from chassis import clock
from chassis.web.admission import READ
from chassis.web.long_bodies import AT_ONCE, FRONT_BYTES
from chassis.web.options import MIB, WebOptions
from dev.environment import REPOSITORY
from dev.parcours.monde import Monde
from dev.probes import json_of
from tests.waiting import wait_until

FORM = "/ccc/ecrire"
# Announced and sent: longer than the front holds, nearly whole in its memory, and by drops.
SENDERS = [(24 * MIB, FRONT_BYTES + MIB)] * 14 + [(8 * MIB, 8 * MIB - 1)] * 16 + [(8 * MIB, 100)] * 170


def test_two_hundred_slow_or_greedy_senders_freeze_nobody(monde: Monde) -> None:
    front = urlsplit(monde.stack.url)
    head = f"POST {FORM} HTTP/1.1\r\nHost: {front.netloc}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    with ExitStack() as lines:
        for announced, sent in SENDERS:
            line = lines.enter_context(socket.create_connection((front.hostname, front.port), timeout=30))
            line.sendall(f"{head}Content-Length: {announced}\r\n\r\n".encode() + bytes(sent))
        seen = [requests.get(f"{monde.stack.url}/ccc/", timeout=10).status_code for _ in range(AT_ONCE * 3)]

    assert len(SENDERS) == 200 and set(seen) == {200}


def test_when_every_thread_waits_lists_and_reading_are_refused_and_a_form_is_shown(monde: Monde) -> None:
    """Its store hangs for some seconds: who comes back from the queue too late for a list is in time for a form."""
    web, patience = monde.stack.url, WebOptions().longest_wait_seconds * READ.patience

    def ask(path: str) -> requests.Response:
        return requests.get(f"{web}{path}", timeout=30)

    monde.stack.clock.wait_quiet()
    threads = WebOptions().threads
    with ThreadPoolExecutor(threads + 3) as people:
        monde.stack.send_signal(signal.SIGSTOP, "mongod")
        try:
            held = [people.submit(ask, FORM) for _ in range(threads)]
            port = monde.stack.port("ccc", "web", "ops")
            wait_until("each thread waits", lambda: (json_of(port, "/traffic") or {}).get("in_flight") == threads)
            late = {path: people.submit(ask, path) for path in ("/ccc/chiffres", "/ccc/", FORM)}
            begun = clock.monotonic()
            wait_until("too late to read", lambda: clock.monotonic() > begun + patience + 0.5)
        finally:
            monde.stack.send_signal(signal.SIGCONT, "mongod")
        answers = {path: asked.result() for path, asked in late.items()}
        first = {asked.result().status_code for asked in held}

    assert first == {200}
    assert {path: answer.status_code for path, answer in answers.items()} == {
        "/ccc/chiffres": 503,
        "/ccc/": 503,
        FORM: 200,
    }
    assert answers["/ccc/"].headers["Retry-After"] and "Beaucoup de personnes" in answers["/ccc/"].text


def test_the_front_holds_every_common_body_whole() -> None:
    fronts = (REPOSITORY / "dev/front.py", REPOSITORY / "deploy/k8s/base/front/Caddyfile")
    held = [int(size) * MIB for path in fronts for size in re.findall(r"request_buffers (\d+)MiB", path.read_text())]

    assert held == [FRONT_BYTES, FRONT_BYTES]
    assert WebOptions().max_body_bytes < FRONT_BYTES
