"""ClamAV's clamd, asked by its own protocol: a file goes by INSTREAM, and comes back clean, dangerous or unanswered."""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chassis import clock, logs
from droit.decision import Genre, Motif, Refused

_CHUNK_BYTES = 64 * 1024
_SECONDS = 30.0
_ANSWER_BYTES = 4096

FICHIER_DANGEREUX = Motif(
    "FICHIER_DANGEREUX",
    "regle-du-service",
    "Un programme dangereux a été trouvé dans ce fichier : il n'est pas ouvert.",
    "Photographiez le document, ou envoyez-le depuis un autre appareil. Ce qui était déjà enregistré est gardé.",
    Genre.INVALIDE,
)


class ScannerSilent(Exception):
    """The scanner did not answer, or not on this file."""


@dataclass(frozen=True)
class Analysis:
    """A file was found clean: by which program with which definitions, and when."""

    by: str
    time: datetime

    def as_text(self) -> str:
        """What is kept beside the file."""
        return json.dumps({"by": self.by, "time": self.time.isoformat()})

    @classmethod
    def of_text(cls, text: str) -> Analysis:
        """What `as_text` wrote."""
        kept = json.loads(text)
        return cls(kept["by"], datetime.fromisoformat(kept["time"]))


class Scanner:
    """A clamd at `host:port`, or at the path of its socket. Its StreamMaxLength must be above the largest file."""

    def __init__(self, address: str) -> None:
        self._address = address

    def analyse(self, path: Path) -> Analysis:
        """Raises Refused(FICHIER_DANGEREUX), or ScannerSilent when clamd says nothing that can be relied on."""
        try:
            by = self._ask(b"zVERSION\0").split("/")
            with path.open("rb") as content, self._connected() as line:
                line.sendall(b"zINSTREAM\0")
                while chunk := content.read(_CHUNK_BYTES):
                    line.sendall(struct.pack("!L", len(chunk)) + chunk)
                line.sendall(struct.pack("!L", 0))
                said = _answer(line)
        except OSError as error:
            logs.get().error("scanner.silent", error=type(error).__name__)
            raise ScannerSilent from error
        if said.endswith(" FOUND"):
            logs.get().warning("scanner.found")
            raise Refused(FICHIER_DANGEREUX)
        if said != "stream: OK":
            # Over its StreamMaxLength, or out of memory: nothing was said of the file.
            logs.get().error("scanner.error", answer=said[:100])
            raise ScannerSilent
        return Analysis(" ".join(by[:2]), clock.now())

    def _ask(self, command: bytes) -> str:
        with self._connected() as line:
            line.sendall(command)
            return _answer(line)

    def _connected(self) -> socket.socket:
        if self._address.startswith("/"):
            line = socket.socket(socket.AF_UNIX)
            line.settimeout(_SECONDS)
            line.connect(self._address)
            return line
        host, _, port = self._address.rpartition(":")
        return socket.create_connection((host, int(port)), _SECONDS)


def _answer(line: socket.socket) -> str:
    """One answer, which ends with a zero byte. Raises ConnectionError when it is cut."""
    said = b""
    while not said.endswith(b"\0"):
        part = line.recv(_ANSWER_BYTES)
        if not part or len(said) > _ANSWER_BYTES:
            raise ConnectionError("clamd cut its answer")
        said += part
    return said[:-1].decode("utf-8", "replace").strip()
