"""`python -m dev.vendeurs PORT [FAULT]`: a préfecture's system that exports CSV and takes signed notices.

`GET /export.csv` its free slots; `POST /avis` what we tell it, kept under the highest version; `GET /registre` what it
knows; `PUT /creneaux` replaces its slots. It also speaks our JSON contract (`/api`), over the same slots. FAULT makes
it wrong in one way, which the conformance command must find.
"""

from __future__ import annotations

import hmac
import json
import sys
import threading
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

SECRET, TOKEN = "secret-du-vendeur", "jeton-du-vendeur"
FAULTS = ("jeton", "signature", "cles", "muet", "lent", "goutte", "double", "annulation", "ancien", "illisible")
HEADER = "creneau;lieu;jour;heure;durée;places;motif"
LINES = ["A-1;75-guichet-cite;02/03/2027;09:00;20;1;dépôt", "A-2;75-guichet-cite;2027-03-02;9h20;20;1;"]


class Vendeur:
    """What the system holds: its export, its bookings by our identifier, and how often it was asked."""

    def __init__(self, fault: str) -> None:
        self.fault, self.lock = fault, threading.Lock()
        self.lines = list(LINES)
        self.registre: dict[str, dict[str, Any]] = {}
        self.bookings: dict[str, str] = {}
        self.reads = 0

    def export(self) -> bytes:
        """The file as a spreadsheet of a French office writes it."""
        with self.lock:
            self.reads += 1
            lines = [f"{self.reads}-{line}" for line in self.lines] if self.fault == "cles" else self.lines
        if self.fault == "illisible":
            return b"<html>Maintenance</html>"
        return "\r\n".join([HEADER, *lines, ""]).encode("cp1252")

    def take_notice(self, said: dict[str, Any]) -> None:
        """The highest version of an appointment is how it stands."""
        with self.lock:
            known = self.registre.get(said["reservation"])
            if known is None or said["version"] > known["version"] or self.fault == "ancien":
                self.registre[said["reservation"]] = said

    def book(self, cle: str, creneau: str) -> int:
        """201 when booked or already hers, 409 when somebody else has it."""
        with self.lock:
            if self.fault != "double" and creneau in (c for k, c in self.bookings.items() if k != cle):
                return 409
            self.bookings[cle] = creneau
            return 201

    def cancel(self, cle: str) -> None:
        """Gone, or it was already."""
        with self.lock:
            if self.fault != "annulation":
                self.bookings.pop(cle, None)


class Guichet(BaseHTTPRequestHandler):
    """One exchange with the system."""

    vendeur: Vendeur

    def do_GET(self) -> None:
        path, vendeur = urlsplit(self.path).path, self.vendeur
        if path == "/registre":
            return self._json(200, list(vendeur.registre.values()))
        if vendeur.fault != "jeton" and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._json(401, {})
        if path == "/api/creneaux":
            return self._json(200, {"creneaux": self._slots()})
        return self._send(200, "text/csv", vendeur.export())

    def _slots(self) -> list[dict[str, Any]]:
        taken = set(self.vendeur.bookings.values())
        found = []
        for line in self.vendeur.lines:
            cle, lieu, jour = line.split(";")[:3]
            slot = {"id": cle, "lieu_id": lieu, "debut_time": f"{jour}T09:00:00", "duree_minutes": 20, "places": 1}
            found += [slot] if cle not in taken else []
        return found

    def do_POST(self) -> None:
        body = self._body()
        signed = f"sha256={hmac.new(SECRET.encode(), body, sha256).hexdigest()}"
        given = self.headers.get("Sejour-Signature", "")
        if self.vendeur.fault != "signature" and not hmac.compare_digest(given, signed):
            return self._json(401, {})
        if self.vendeur.fault == "muet":
            return self._json(503, {})
        self.vendeur.take_notice(json.loads(body))
        return self._json(204, None)

    def do_PUT(self) -> None:
        said = json.loads(self._body())
        if self.path == "/creneaux":
            self.vendeur.lines = said["lignes"]
            self.vendeur.fault = said.get("faute", self.vendeur.fault)
            return self._json(204, None)
        cle = self.path.rsplit("/", 1)[1]
        return self._json(self.vendeur.book(cle, said["creneau_id"]), {"id": cle})

    def do_DELETE(self) -> None:
        self.vendeur.cancel(self.path.rsplit("/", 1)[1])
        self._json(204, None)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _json(self, status: int, body: Any) -> None:
        self._send(status, "application/json", b"" if body is None else json.dumps(body).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        if self.vendeur.fault == "lent":
            time.sleep(20)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        for byte in body if self.vendeur.fault == "goutte" else ():
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(0.5)
        if self.vendeur.fault != "goutte":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """What it was asked, for a sandbox: its own calls, one a line."""
        sys.stdout.write(f"{self.command} {self.path} {args[1] if len(args) > 1 else ''}\n")
        sys.stdout.flush()


def main(port: int, fault: str) -> None:
    """Serves until it is stopped; says its port first, for who asked for any (0)."""
    Guichet.vendeur = Vendeur(fault)
    server = ThreadingHTTPServer(("127.0.0.1", port), Guichet)
    sys.stdout.write(f"PORT {server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0, sys.argv[2] if len(sys.argv) > 2 else "")
