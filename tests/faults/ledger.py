"""What the client saw, written outside the system under test before and after each attempt, and synced.

`invoke` comes before the request leaves; then `ok` (it took effect), `fail` (it never will) or `unknown` (no answer, or
an error that says nothing of the effect). An `unknown` may be tried again under the same key: its last word counts.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

INVOKE, OK, FAIL, UNKNOWN = "invoke", "ok", "fail", "unknown"


@dataclass(frozen=True)
class Operation:
    """One command as asked: `kind` and `target` name the effect to look for in the stores."""

    id: str
    kind: str
    target: str
    what: dict[str, Any] = field(default_factory=dict)


@dataclass
class Outcome:
    """An operation and its last word; `answer` is what the service said with an `ok`."""

    operation: Operation
    last: str
    attempts: int = 0
    answer: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


class Ledger:
    """An append-only file of JSON lines; each is on disk when `write` returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file = path.open("ab")

    def write(self, event: str, operation: Operation, said: str = "", answer: dict[str, Any] | None = None) -> None:
        """Adds one line."""
        line: dict[str, Any] = {"event": event, "id": operation.id, "kind": operation.kind, "target": operation.target}
        line |= {"what": operation.what, "said": said, "answer": answer or {}}
        with self._lock:
            self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Nothing more is written."""
        self._file.close()


def read(path: Path) -> dict[str, Outcome]:
    """Every operation by its id, read back from the file."""
    found: dict[str, Outcome] = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        operation = Operation(line["id"], line["kind"], line["target"], line["what"])
        outcome = found.setdefault(operation.id, Outcome(operation, UNKNOWN))
        if line["event"] == INVOKE:
            outcome.attempts += 1
            continue
        # Of two clicks sent at once, the one that was answered tells.
        outcome.last = OK if outcome.last == OK else line["event"]
        outcome.said.append(line["said"])
        outcome.answer = line["answer"] or outcome.answer
    return found


def counts(outcomes: dict[str, Outcome]) -> dict[str, int]:
    """How many ended how, and how many needed more than one attempt: what each run prints."""
    ended = Counter(outcome.last for outcome in outcomes.values())
    repeated = sum(outcome.attempts > 1 for outcome in outcomes.values())
    return {OK: ended[OK], FAIL: ended[FAIL], UNKNOWN: ended[UNKNOWN], "repeated": repeated}
