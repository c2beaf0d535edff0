"""Waits for a condition that has a name, and ports that nobody has."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from chassis import clock


def wait_until(reason: str, condition: Callable[[], object], timeout: float = 90.0, every: float = 0.05) -> None:
    """Returns once `condition` holds; fails with `reason` after `timeout` seconds."""
    deadline = clock.monotonic() + timeout
    while not condition():
        assert clock.monotonic() < deadline, f"not in {timeout} s: {reason}"
        threading.Event().wait(every)


def free_port() -> int:
    """A loopback port that nobody has now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
