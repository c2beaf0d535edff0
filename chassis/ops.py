"""The operations port of every process: liveness, readiness that tells the truth, metrics; apart from traffic."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chassis import mongo

READY_SECONDS = 0.8

Checks = dict[str, Callable[[], Any]]


class Ops:
    """Serves /livez (the process runs), /readyz (each check answers in time), /metrics, and extra JSON pages.

    `draining` makes readiness false first at SIGTERM, so that traffic leaves before work stops.
    """

    def __init__(self, host: str, port: int, checks: Checks, pages: Checks | None = None) -> None:
        self.draining = False
        self.checks = checks
        self.pages = pages or {}
        # Shown by /readyz and never counted: this process can do its main act without them.
        self.tells: Checks = {}
        self._asked: dict[str, Future[Any]] = {}
        self._asking = threading.Lock()
        # Readiness has threads of its own: during an election every other thread may be waiting for MongoDB.
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="ready")
        self._server = ThreadingHTTPServer((host, port), self._handler())
        self.port = int(self._server.server_address[1])

    def start(self) -> None:
        """Serves from a thread of its own until `stop`."""
        threading.Thread(target=self._server.serve_forever, name="ops", daemon=True).start()

    def stop(self) -> None:
        """Closes the port."""
        self._server.shutdown()
        self._server.server_close()

    def holds(self, name: str, seconds: float) -> bool:
        """Whether a check of readiness holds, within its own time."""
        return self._result(name, self.checks[name], seconds) is True

    def _ready(self) -> tuple[int, dict[str, Any]]:
        if self.draining:
            return 503, {"ready": False, "draining": True}
        results = {name: self._result(name, check) for name, check in self.checks.items()}
        ready = all(value is True for value in results.values())
        informative = {name: self._result(name, check) for name, check in self.tells.items()}
        return (200 if ready else 503), {"ready": ready, **results, **informative}

    def _result(self, name: str, check: Callable[[], Any], seconds: float = READY_SECONDS) -> bool | str:
        try:
            return bool(self._ask(name, check).result(timeout=seconds))
        except FutureTimeout:
            return False
        except Exception as error:
            # A check that raises is a check that failed; the page says which, with the kind of error only.
            return type(error).__name__

    def _ask(self, name: str, check: Callable[[], Any]) -> Future[Any]:
        """Asks one check at a time: probes that come faster than a dead store answers must not pile up."""
        with self._asking:
            asked = self._asked.get(name)
            if asked is None or asked.done():
                asked = self._asked[name] = self._pool.submit(check)
            return asked

    def _answer(self, path: str) -> tuple[int, str, bytes]:
        if path == "/livez":
            return 200, "application/json", b'{"alive":true}'
        if path == "/metrics":
            return 200, CONTENT_TYPE_LATEST, generate_latest()
        if path == "/readyz":
            status, body = self._ready()
            return status, "application/json", json.dumps(body).encode()
        page = self.pages.get(path)
        if page is None:
            return 404, "application/json", b"{}"
        return 200, "application/json", json.dumps(page()).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        ops = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    status, kind, body = ops._answer(self.path.partition("?")[0])
                except Exception as error:
                    # An operations page that fails says so; it never takes the process down.
                    status, kind, body = 500, "application/json", json.dumps({"error": type(error).__name__}).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Logs nothing: a probe is no request of a person."""

        return Handler


def takes_files(folder: Path) -> Callable[[], bool]:
    """Whether a file can be kept now. Told and not counted: a full disk must not take away the pages that need none."""

    def check() -> bool:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as probe:
            probe.write(bytes(4096))
            probe.flush()
            os.fsync(probe.fileno())
        return True

    return check


def mongo_answers(service: str) -> Callable[[], bool]:
    """A readiness check: this service's MongoDB answers a ping."""

    def check() -> bool:
        return bool(mongo.client(service).admin.command("ping", maxTimeMS=500).get("ok"))

    return check
