"""The legal clock of the stack moves forward only, day by day, and each day is over when everything is quiet.

`python -m dev.clock` says the day; `python -m dev.clock 2027-03-12` or `+10` moves to it, `--direct` straight.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from chassis import clock
from dev.files import write_private
from dev.probes import json_of

QUIET_WITHIN = 120.0
LOOK_EVERY = 0.1
# A fact may be between two services while each is asked: only rounds that agree count.
ROUNDS = 3


class ClockError(Exception):
    """The clock cannot go there, or the stack does not become quiet."""


class Clock:
    """The legal clock of one stack: its file, and the ops ports of the workers that must be quiet before it moves."""

    def __init__(self, file: Path, workers: Callable[[], Mapping[str, int]]) -> None:
        self.file = file
        self._workers = workers

    def today(self) -> date:
        """The legal day of the stack."""
        return date.fromisoformat(self.file.read_text().strip()) if self.file.exists() else _calendar_day()

    def set(self, day: date, direct: bool = False, timeout: float = QUIET_WITHIN) -> None:
        """Moves to `day`, through each day between unless `direct`. Raises ClockError backwards or when never quiet.

        `timeout` is in seconds, for each day.
        """
        here = self.today()
        if day < here:
            raise ClockError(f"the legal clock is at {here}: it does not go back to {day}")
        self.wait_quiet(timeout)
        while here < day:
            here = day if direct else here + timedelta(days=1)
            write_private(self.file, here.isoformat())
            self.wait_quiet(timeout)

    def advance(self, days: int, direct: bool = False, timeout: float = QUIET_WITHIN) -> date:
        """Moves `days` days forward and returns the day reached."""
        self.set(self.today() + timedelta(days=days), direct, timeout)
        return self.today()

    def hold(self) -> date:
        """Stops following the calendar: the day stays what it is until it is moved."""
        day = max(self.today(), _calendar_day())
        write_private(self.file, day.isoformat())
        return day

    def wait_quiet(self, timeout: float = QUIET_WITHIN) -> None:
        """Waits until no outbox, due work or consumer holds anything. Raises ClockError naming who still does."""
        deadline = clock.monotonic() + timeout
        rounds = 0
        while True:
            one = next(self._busy(), None)
            rounds = 0 if one else rounds + 1
            if rounds == ROUNDS:
                return
            if one and clock.monotonic() > deadline:
                raise ClockError(f"not quiet after {timeout:.0f} s: {json.dumps(dict(self._busy()))}")
            time.sleep(LOOK_EVERY)

    def _busy(self) -> Iterator[tuple[str, object]]:
        """Each worker that is not quiet, with what it says (None when it does not answer)."""
        for name, port in self._workers().items():
            said = json_of(port, "/quiet")
            if not (said and said.get("quiet") is True):
                yield name, said


def read_clock(data: Path) -> Clock:
    """The clock of the stack that runs, or last ran, in `data`. Raises ClockError when there is none."""
    described = data / "stack.json"
    if not described.exists():
        raise ClockError(f"no stack has run in {data}")

    def workers() -> dict[str, int]:
        processes = json.loads(described.read_text())["processes"]
        return {
            name: found["ports"]["ops"] for name, found in processes.items() if name.endswith((".worker", ".whole"))
        }

    return Clock(data / "horloge", workers)


def _calendar_day() -> date:
    return clock.now().astimezone(clock.PARIS).date()


def main(arguments: list[str]) -> int:
    """The command; 0 when the clock stands where it was asked to."""
    parser = argparse.ArgumentParser(prog="python -m dev.clock", description=__doc__)
    parser.add_argument("day", nargs="?", help="a date (2027-03-12) or a number of days (+10)")
    parser.add_argument("--direct", action="store_true", help="skip the days between")
    asked = parser.parse_args(arguments)
    try:
        found = read_clock(Path(os.environ.get("SEJOUR_DATA", "out/run")))
        if asked.day and asked.day.startswith("+"):
            found.advance(int(asked.day), asked.direct)
        elif asked.day:
            found.set(date.fromisoformat(asked.day), asked.direct)
    except (ClockError, ValueError) as failure:
        print(failure, file=sys.stderr)
        return 1
    print(found.today().isoformat())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
