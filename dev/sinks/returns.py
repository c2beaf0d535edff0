"""A delivery report or a callback goes back to the sender later, and again until the sender takes it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from chassis import clock
from dev.sinks.journal import Journal

FIRST_WAIT, LONGEST_WAIT = 0.5, 15.0
TRIES = 200

log = structlog.get_logger()
Hand = Callable[[dict[str, Any]], None]


class Returns:
    """A durable list of returns; `hands` says how each kind is handed over (raising means "not taken")."""

    def __init__(self, path: Path, hands: Mapping[str, Hand]) -> None:
        self._journal = Journal(path)
        self._hands = hands
        self._changed = threading.Condition()
        lines = self._journal.lines()
        done = {str(line["done"]) for line in lines if "done" in line}
        owed = [line for line in lines if "id" in line and line["id"] not in done]
        self._due: dict[str, tuple[float, int, dict[str, Any]]] = {str(line["id"]): (0.0, 0, line) for line in owed}
        self._closed = False
        threading.Thread(target=self._run, name="returns", daemon=True).start()

    def owe(self, kind: str, content: dict[str, Any], delay: float = 0.0) -> None:
        """Adds a return, due in `delay` seconds; it survives a kill."""
        key = clock.new_id()
        line = {"id": key, "kind": kind, "content": content}
        self._journal.append(line)
        with self._changed:
            self._due[key] = (clock.monotonic() + delay, 0, line)
            self._changed.notify()

    def close(self) -> None:
        """Stops sending; what is left stays in the journal."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                now = clock.monotonic()
                ready = [item for item in self._due.values() if item[0] <= now]
                if not ready:
                    soonest = min((item[0] for item in self._due.values()), default=now + 60)
                    self._changed.wait(max(0.01, soonest - now))
                    continue
            for _, tries, line in ready:
                self._try(line, tries + 1)

    def _try(self, line: dict[str, Any], tries: int) -> None:
        try:
            self._hands[line["kind"]](line["content"])
        except Exception as failure:  # whatever goes wrong on the other side, the return is tried again
            wait = min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT)
            log.info("dev.sink.return_refused", kind=line["kind"], tries=tries, why=type(failure).__name__)
            if tries < TRIES:
                with self._changed:
                    self._due[line["id"]] = (clock.monotonic() + wait, tries, line)
                return
        self._journal.append({"done": line["id"], "tries": tries})
        with self._changed:
            del self._due[line["id"]]
