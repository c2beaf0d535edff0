"""Two services small enough to try the stack with: real processes that listen, answer and end at SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from chassis import clock

DAYS = Path(os.environ["PIECES_DIR"]) / "jours"
CALLBACKS = Path(os.environ["PIECES_DIR"]) / "accuses"


def days_seen() -> list[str]:
    """The legal days that the worker has been through."""
    return DAYS.read_text().split() if DAYS.exists() else []


class Handler(BaseHTTPRequestHandler):
    """Traffic and operations."""

    def do_GET(self) -> None:
        """Says who answers; `/quiet` is true once the day of the clock has been seen."""
        today = clock.today().isoformat()
        seen = days_seen()
        quiet = bool(seen) and seen[-1] == today
        said = {
            "process": sys.argv[1],
            "pid": os.getpid(),
            "quiet": quiet,
            "outbox": 0,
            "due": int(not quiet),
            "lag": 0,
        }
        self._say(json.dumps(said).encode())

    def do_POST(self) -> None:
        """Keeps what arrived, with its signature."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with CALLBACKS.open("a") as kept:
            kept.write(json.dumps({"body": body.decode(), "signature": self.headers.get("X-Signature", "")}) + "\n")
        self._say(b"{}")

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests read answers."""


def follow_the_clock(stop: threading.Event) -> None:
    """Writes each legal day once, when it is seen."""
    while not stop.wait(0.02):
        today = clock.today().isoformat()
        if [today] != days_seen()[-1:]:
            with DAYS.open("a") as kept:
                kept.write(today + "\n")


def main(process: str) -> int:
    """Runs one process until SIGTERM."""
    if process == "prepare":
        return 0
    clock.use_clock_file(Path(os.environ["CLOCK_FILE"]))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    names = {"web": ("WEB_PORT",), "rpc": ("RPC_PORT",), "worker": (), "whole": ("WEB_PORT", "RPC_PORT")}[process]
    for name in (*names, "OPS_PORT"):
        server = ThreadingHTTPServer(("127.0.0.1", int(os.environ[name])), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    if process in ("worker", "whole"):
        threading.Thread(target=follow_the_clock, args=(stop,), daemon=True).start()
    stop.wait()
    return 0
