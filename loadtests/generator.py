"""`python -m loadtests.generator PLAN RESULT`: sends what a plan says, in a process of its own, and writes what it saw.

Locust's own users wait for their answers (a closed loop); here its users and clients are used, and arrivals are
released by `loadtests.arrivals`. It imports Locust first, which makes this process cooperative (gevent):
hence the process of its own, apart from the one that supervises the stack.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import gevent  # type: ignore[import-untyped]
import psutil
from gevent.pool import Pool  # type: ignore[import-untyped]
from locust.env import Environment

from chassis import clock
from loadtests.arrivals import Arrivals, Schedule
from loadtests.result import Result
from loadtests.samples import Sample
from loadtests.users import PERSONAE, bound
from loadtests.users.base import Fault
from loadtests.world import Dry, Plan, World

# How many may be under way at once; beyond, an arrival is missed: the memory stays bounded, and it is counted.
ROOM = 1000
LAST_ANSWERS_SECONDS = 35.0
CPU_WINDOW_SECONDS = 2.0


class Generator:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        environment = Environment(user_classes=list(PERSONAE), host=plan.url)
        self._cpu: list[float] = []
        self._acts: dict[str, Callable[[], Any]] = bound(environment, World(plan))
        self._pool = Pool(ROOM)
        self._samples: list[Sample] = []
        self._start = plan.start

    def run(self) -> Result:
        """Returns when the last answer came, or did not come in time."""
        plan = self._plan
        arrivals = [Arrivals(schedule, self._now, gevent.sleep, self._release) for schedule in plan.schedules]
        watching = gevent.spawn(self._watch_cpu)
        gevent.joinall([gevent.spawn(one.run) for one in arrivals], raise_error=True)
        self._pool.join(timeout=LAST_ANSWERS_SECONDS)
        unanswered = len(self._pool)
        self._pool.kill()
        watching.kill()
        return Result(
            samples=self._samples,
            missed=_by_operation((one.schedule, one.missed) for one in arrivals if one.schedule.judged),
            late=sum(one.late for one in arrivals),
            planned=_by_operation((one.schedule, one.schedule.measured()) for one in arrivals),
            judged=sum(one.schedule.measured() for one in arrivals if one.schedule.judged),
            unanswered=unanswered,
            end=self._start + plan.seconds,
            latest_release_ms=max(one.latest_release for one in arrivals) * 1000,
            cpu_percent=max(self._cpu, default=0.0),
        )

    def _now(self) -> float:
        return clock.monotonic() - self._start

    def _release(self, schedule: Schedule, intended: float) -> bool:
        if self._pool.full():
            return False
        self._pool.spawn(self._act, schedule, intended)
        return True

    def _act(self, schedule: Schedule, intended: float) -> None:
        fault = ""
        try:
            self._acts[schedule.operation]()
        except (Fault, Dry) as error:
            fault = str(error)
        except Exception as error:
            # Whatever an arrival meets is a result of the test; the others go on.
            fault = f"{type(error).__name__} {error}"[:200]
        self._samples.append(Sample(schedule.operation, intended, self._now() - intended, fault, schedule.judged))

    def _watch_cpu(self) -> None:
        """Locust's own alarm, in shorter windows and from the first: a short run has its figure too."""
        me = psutil.Process()
        me.cpu_percent()
        while True:
            gevent.sleep(CPU_WINDOW_SECONDS)
            self._cpu.append(me.cpu_percent())


def _by_operation(counts: Iterable[tuple[Schedule, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for schedule, count in counts:
        total[schedule.operation] += count
    return dict(total)


def main(arguments: list[str]) -> int:
    """Runs the plan; 0 once its result is written, whatever it says."""
    plan_path, result_path = map(Path, arguments)
    Generator(Plan.read(plan_path)).run().write(result_path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
