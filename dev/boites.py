"""Reads what people received in the sinks: for tests, journeys and load, over the same addresses as the pages."""

from __future__ import annotations

import time
from typing import Any

import requests

from chassis import clock

# Seconds: on a busy machine a message comes late, and only one that never comes is waited for so long.
LOOK_EVERY, PATIENCE = 0.1, 60.0


class NotReceived(Exception):
    """The expected message did not arrive in time; the error lists those that did."""


class Boites:
    """The two sinks at `url` (ends with /boites). A message is a dict as the sinks' JSON gives it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def courriels(self, to: str = "") -> list[dict[str, Any]]:
        """E-mails, newest first: id, time, sender, to, subject, text, attachments (name, type, url), lost."""
        return self._read("courriels", to)

    def sms(self, to: str = "") -> list[dict[str, Any]]:
        """SMS, newest first: id, time, to, text, reference, behaviour, states."""
        return self._read("sms", to)

    def wait_courriel(self, to: str, containing: str = "", timeout: float = PATIENCE) -> dict[str, Any]:
        """The newest e-mail to `to` with `containing` in it. Raises NotReceived after `timeout` seconds."""
        return self._wait("courriels", to, containing, timeout)

    def wait_sms(self, to: str, containing: str = "", timeout: float = PATIENCE) -> dict[str, Any]:
        """The newest SMS to `to` whose text has `containing`. Raises NotReceived after `timeout` seconds."""
        return self._wait("sms", to, containing, timeout)

    def attachment(self, courriel: dict[str, Any], index: int = 0) -> bytes:
        """The bytes of one attachment."""
        answer = requests.get(f"{self.url}/courriels/{courriel['id']}/pieces/{index}", timeout=5)
        answer.raise_for_status()
        return answer.content

    def _wait(self, kind: str, to: str, containing: str, timeout: float) -> dict[str, Any]:
        deadline = clock.monotonic() + timeout
        while True:
            received = self._read(kind, to)
            for message in received:
                if not message.get("lost") and containing in f"{message.get('subject', '')}\n{message['text']}":
                    return message
            if clock.monotonic() > deadline:
                seen = [message.get("subject") or message["text"] for message in received]
                raise NotReceived(f"{kind} to {to} containing {containing!r} in {timeout:.0f} s; received: {seen}")
            time.sleep(LOOK_EVERY)

    def _read(self, kind: str, to: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.url}/{kind}.json", params={"a": to} if to else {}, timeout=5)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found
