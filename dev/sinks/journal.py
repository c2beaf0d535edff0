"""A sink writes a message to disk before it says that it has taken it."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any


class Journal:
    """An append-only file of JSON lines, each synced before `append` returns, with its lines in memory."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.Lock()
        self._lines: list[dict[str, Any]] = list(_whole_lines(path))
        self._file = path.open("ab")

    def append(self, line: dict[str, Any]) -> None:
        """Keeps one line."""
        with self._lock:
            self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self._lines.append(line)

    def lines(self) -> list[dict[str, Any]]:
        """All lines, oldest first."""
        with self._lock:
            return list(self._lines)


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    """A kill may leave half of a last line; nobody was told that it was taken, so it is cut off."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)
    return [json.loads(line) for line in whole.splitlines()]
