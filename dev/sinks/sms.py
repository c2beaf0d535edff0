"""An SMS gateway: it takes a message, gives it an id, and says later what became of it, signed."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from pathlib import Path
from typing import Any

import requests

from chassis import clock
from dev.sinks.behaviours import of_number
from dev.sinks.journal import Journal
from dev.sinks.returns import Returns

SIGNATURE = "X-Signature"


class Sms:
    """The messages taken. A `reference` is taken once: the same again gets the same id and goes out once."""

    def __init__(self, folder: Path, secret: str, callback: str) -> None:
        self.journal = Journal(folder / "sms.jsonl")
        self._secret = secret.encode()
        self._callback = callback
        self._lock = threading.Lock()
        self._ids = {line["reference"]: line["id"] for line in self.journal.lines() if line.get("reference")}
        self.returns: Returns | None = None

    def take(self, message: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The status and answer for `to`, `text`, `reference`; `callback` may say where to report what became of it."""
        missing = [name for name in ("to", "text", "reference") if not isinstance(message.get(name), str)]
        if missing:
            return 422, {"error": f"missing: {', '.join(missing)}"}
        behaviour = of_number(message["to"])
        if behaviour.status != 202:
            return behaviour.status, {"error": behaviour.name}
        with self._lock:
            identifier = self._ids.get(message["reference"])
            if identifier is not None:
                return 202, {"id": identifier}
            line = {name: message[name] for name in ("to", "text", "reference")}
            line |= {"id": clock.new_id(), "time": clock.now().isoformat(), "behaviour": behaviour.name}
            line["lost"] = not behaviour.kept
            self.journal.append(line)
            self._ids[message["reference"]] = line["id"]
        where = message.get("callback") or self._callback
        reports = list(behaviour.reports)
        if behaviour.early and reports:
            self.call_back(self._callback_of(line, reports.pop(0), where))
        for index, state in enumerate(reports):
            assert self.returns is not None
            self.returns.owe("sms", self._callback_of(line, state, where), delay=behaviour.delay * (index + 1))
        return 202, {"id": line["id"]}

    def call_back(self, content: dict[str, Any]) -> None:
        """Reports to the sender what became of one message. Raises requests.RequestException when not taken."""
        body = json.dumps(content["said"] | {"time": clock.now().isoformat()}).encode()
        signature = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", SIGNATURE: f"sha256={signature}"}
        requests.post(content["callback"], data=body, headers=headers, timeout=5).raise_for_status()
        self.journal.append({"reported": content["said"]["id"], "state": content["said"]["state"]})

    def messages(self) -> list[dict[str, Any]]:
        """Newest first, each with the states that were reported."""
        states: dict[str, list[str]] = {}
        for line in self.journal.lines():
            if "reported" in line:
                states.setdefault(line["reported"], []).append(line["state"])
        taken = [line | {"states": states.get(line["id"], [])} for line in self.journal.lines() if "id" in line]
        return taken[::-1]

    @staticmethod
    def _callback_of(line: dict[str, Any], state: str, callback: str) -> dict[str, Any]:
        said = {"id": line["id"], "reference": line["reference"], "state": state}
        return {"callback": callback, "said": said}
