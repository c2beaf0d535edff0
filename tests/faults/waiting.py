"""Waits for a condition that has a name."""

from __future__ import annotations

import threading
from collections.abc import Callable

from chassis import clock


def wait_until(reason: str, condition: Callable[[], object], timeout: float = 20.0, every: float = 0.02) -> None:
    """Returns once `condition` holds; fails with `reason` after `timeout` seconds."""
    deadline = clock.monotonic() + timeout
    while not condition():
        assert clock.monotonic() < deadline, f"not in {timeout} s: {reason}"
        threading.Event().wait(every)
