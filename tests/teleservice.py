"""A téléservice that answers what it is told, on a real port: what those who watch it meet."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Front:
    """A téléservice that answers what it is told."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        front = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(front.status)
                for name, value in front.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """No line."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/deposit/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def front() -> Iterator[Front]:
    """Listens on a free port."""
    made = Front()
    yield made
    made.server.shutdown()
    made.server.server_close()
