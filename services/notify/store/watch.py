"""When a worker looks for work: at once after this process left some, else less and less often.

A page or another worker leaves work without telling this process: it is found within LONGEST_SECONDS.
"""

from __future__ import annotations

from collections.abc import Callable

from chassis import clock

SHORTEST_SECONDS, LONGEST_SECONDS = 0.5, 3.0


class _Work:
    left = 0


def announce_work() -> None:
    """Says that there is work: every watch of this process looks for it at its next turn."""
    _Work.left += 1


class Watch:
    """Looks for work, and costs little while there is none: each time that it finds nothing, it waits twice as long."""

    def __init__(self, look: Callable[[], int]) -> None:
        self._look = look
        self._seen, self._next, self._pause = -1, 0.0, SHORTEST_SECONDS
        self.__qualname__ = str(getattr(getattr(look, "func", look), "__qualname__", "watch"))

    def __call__(self) -> int:
        """Looks for work if it is time to; returns how much was done."""
        now, left = clock.monotonic(), _Work.left
        if left == self._seen and now < self._next:
            return 0
        done = self._look()
        # What was left while looking is seen as new at the next turn.
        self._pause = SHORTEST_SECONDS if done or left != self._seen else min(self._pause * 2, LONGEST_SECONDS)
        self._seen, self._next = left, clock.monotonic() + self._pause
        return done
