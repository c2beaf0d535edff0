"""The course of a run: every few seconds, what each process spends, how late facts are and what waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType

from chassis import clock
from loadtests import metrics, processes
from loadtests.metrics import Scrape

EVERY_SECONDS = 5.0
# What `/quiet` counts of a worker.
COUNTED = ("outbox", "due", "commandes", "backlog", "lag")


@dataclass(frozen=True)
class Point:
    """What was seen at a second of the measure, since the point before: CPU of each process in % of a core, the 95th
    centile of the lag of facts in seconds (None without one), how much waited.
    """

    second: float
    cpu: dict[str, float]
    lag_seconds: float | None
    waiting: int


class Course:
    """Looks from a thread of its own for as long as it is entered; a process that is down is left out."""

    def __init__(self, pids: Callable[[], Mapping[str, int]], workers: Mapping[str, int], start: float) -> None:
        self.points: list[Point] = []
        self._pids, self._workers, self._start = pids, workers, start
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="course", daemon=True)

    def __enter__(self) -> Course:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        before, lags, began = processes.spent(self._pids()), self._scrape(), clock.monotonic()
        while not self._done.wait(EVERY_SECONDS):
            now = clock.monotonic()
            after, seen = processes.spent(self._pids()), self._scrape()
            spent = processes.between(before, after)
            since = metrics.merged(seen.since(lags).lag.values())
            self.points.append(
                Point(
                    second=now - self._start,
                    cpu={name: 100 * one.cpu_seconds / (now - began) for name, one in spent.items()},
                    lag_seconds=metrics.quantile(since, 0.95) if metrics.total(since) > 0 else None,
                    waiting=sum(
                        max(0, int(said.get(name, 0)))
                        for said in metrics.waiting(self._workers).values()
                        if said
                        for name in COUNTED
                    ),
                )
            )
            before, lags, began = after, seen, now

    def _scrape(self) -> Scrape:
        found = Scrape()
        for name, port in self._workers.items():
            try:
                found.lag |= metrics.scrape({name: port}).lag
            except OSError:
                continue
        return found
