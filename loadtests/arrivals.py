"""Arrivals come on an open schedule: their instants are fixed beforehand and wait for no answer.

A closed loop slows down with the system and hides its queue. Here arrival n is due at (n + phase)/rate after the start
whatever became of the ones before, and latency is counted from that instant. An arrival that finds too many others
still under way, or that the generator releases over a second late, is missed: counted, never caught up. The first
is a fault of the system, the second of the generator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

MISSED_AFTER_SECONDS = 1.0


@dataclass(frozen=True)
class Schedule:
    """`count` arrivals of one operation at `rate` a second, from `start` seconds (negative: warming up).

    `phase`, from 0 to 1, shifts the arrivals of one operation between those of the others. Those that are not `judged`
    may be refused.
    """

    operation: str
    rate: float
    start: float
    end: float
    phase: float = 0.0
    judged: bool = True

    def instants(self) -> Iterator[float]:
        """Seconds from the start of the measure, in order, before `end`."""
        n = 0
        while self.rate > 0 and (instant := self.start + (n + self.phase) / self.rate) < self.end:
            yield instant
            n += 1

    def measured(self) -> int:
        """How many arrivals count."""
        return sum(1 for instant in self.instants() if instant >= 0)


@dataclass
class Arrivals:
    """Releases a schedule. `now` gives seconds from the start of the measure, `sleep` waits, `release` starts an
    arrival without waiting for it and answers False when there is no room.
    """

    schedule: Schedule
    now: Callable[[], float]
    sleep: Callable[[float], None]
    release: Callable[[Schedule, float], bool]
    missed: int = 0
    late: int = 0
    latest_release: float = field(default=0.0)

    def run(self) -> None:
        """Returns once the last arrival is released or missed."""
        for intended in self.schedule.instants():
            wait = intended - self.now()
            if wait > 0:
                self.sleep(wait)
            behind = self.now() - intended
            in_time = behind <= MISSED_AFTER_SECONDS
            started = in_time and self.release(self.schedule, intended)
            if intended < 0:
                continue
            self.latest_release = max(self.latest_release, behind)
            self.missed += not started
            self.late += not in_time
