"""A line that fails: a proxy between a browser and the front, which breaks each request once, in one way."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from dev.front import still_page

# The request never arrives; a service that is down; the service does what is asked, and its answer never arrives.
CUT_BEFORE, UNAVAILABLE, CUT_AFTER = "coupee-avant", "indisponible", "coupee-apres"
FAULTS = (CUT_BEFORE, UNAVAILABLE, CUT_AFTER)
SECONDS = 60
# Of the line itself, not of what is asked.
_OWN_HEADERS = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "content-length"})


@dataclass
class Line:
    """What breaks the requests of one browser: pages, forms and what scripts ask, each once."""

    fault: str
    broken: list[str] = field(default_factory=list)
    address: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def breaks(self, request: str) -> bool:
        """Whether this is the first time that it is asked."""
        with self._lock:
            if request in self.broken:
                return False
            self.broken.append(request)
            return True


@contextmanager
def failing(fault: str) -> Iterator[Line]:
    """A line with this fault, as the proxy of a browser at `address`."""
    line = Line(fault)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"line": line}))
    server.daemon_threads = True
    line.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One request on one connection: a browser sends again by itself what was lost on a connection that it kept."""

    line: Line

    def _relay(self) -> None:
        url = urlsplit(self.path)
        where = f"{url.path}?{url.query}" if url.query else url.path
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        # Styles and scripts are kept by the browser; a page that lacks them still does its work.
        fails = self.headers.get("Sec-Fetch-Dest") in ("document", "empty") and self.line.breaks(
            f"{self.command} {where} {self.headers.get('Upload-Offset', '')}"
        )
        if fails and self.line.fault == CUT_BEFORE:
            self._hang_up()
        elif fails and self.line.fault == UNAVAILABLE:
            page = still_page(url.path.split("/")[1]).encode()
            self._answer(503, [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")], page)
        else:
            front = http.client.HTTPConnection(str(url.hostname), url.port, timeout=SECONDS)
            front.request(self.command, where, body, self._kept(self.headers.items()))
            answer = front.getresponse()
            content = answer.read()
            front.close()
            if fails:
                self._hang_up()
            else:
                self._answer(answer.status, list(self._kept(answer.getheaders(), all_of=True)), content)

    do_GET = do_HEAD = do_POST = do_PATCH = _relay

    def _kept(self, headers: Any, all_of: bool = False) -> Any:
        kept = [(name, value) for name, value in headers if name.lower() not in _OWN_HEADERS]
        return kept if all_of else dict(kept)

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in (*headers, ("Content-Length", str(len(content))), ("Connection", "close")):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.close_connection = True

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what failed is asked of the line."""
