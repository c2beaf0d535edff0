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
from chassis.web.admission import LIST
from chassis.web.long_bodies import AT_ONCE, FRONT_BYTES
from chassis.web.options import MIB, WebOptions
from dev.environment import REPOSITORY
from dev.parcours.monde import Monde
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


def test_when_every_thread_waits_a_list_is_refused_and_reading_and_forms_are_not(monde: Monde) -> None:
    """Its store hangs for some seconds: what comes out of the queue too late for a list is in time for the rest."""
    web, patience = monde.stack.url, WebOptions().longest_wait_seconds * LIST.patience

    def ask(path: str) -> requests.Response:
        return requests.get(f"{web}{path}", timeout=30)

    def act() -> requests.Response:
        known = {"Authorization": f"Bearer {clock.new_id()}", "Idempotency-Key": clock.new_id()}
        return requests.post(f"{web}/ccc/api/v1/saisines/{clock.new_id()}:regle", headers=known, timeout=30)

    monde.stack.clock.wait_quiet()
    threads = WebOptions().threads
    with ThreadPoolExecutor(threads + 3) as people:
        monde.stack.send_signal(signal.SIGSTOP, "mongod")
        try:
            held = [people.submit(act) for _ in range(threads)]
            metrics = f"http://127.0.0.1:{monde.stack.port('ccc', 'web', 'ops')}/metrics"

            def in_flight() -> float:
                lines = requests.get(metrics, timeout=10).text.splitlines()
                return max((float(x.split()[1]) for x in lines if x.startswith("sejour_http_in_flight ")), default=0)

            wait_until("each thread waits", lambda: in_flight() >= threads)
            late = {path: people.submit(ask, path) for path in ("/ccc/chiffres", "/ccc/", FORM)}
            begun = clock.monotonic()
            wait_until("too late for a list", lambda: clock.monotonic() > begun + patience + 0.5)
        finally:
            monde.stack.send_signal(signal.SIGCONT, "mongod")
        answers = {path: asked.result() for path, asked in late.items()}
        first = {asked.result().status_code for asked in held}

    assert max(first) < 500
    assert {path: answer.status_code for path, answer in answers.items()} == {
        "/ccc/chiffres": 503,
        "/ccc/": 200,
        FORM: 200,
    }
    refused = answers["/ccc/chiffres"]
    assert refused.headers["Retry-After"] and "Beaucoup de personnes" in refused.text


def test_the_front_holds_every_common_body_whole() -> None:
    fronts = (REPOSITORY / "dev/front.py", REPOSITORY / "deploy/k8s/base/front/Caddyfile")
    held = [int(size) * MIB for path in fronts for size in re.findall(r"request_buffers (\d+)MiB", path.read_text())]

    assert held == [FRONT_BYTES, FRONT_BYTES]
    assert WebOptions().max_body_bytes < FRONT_BYTES
