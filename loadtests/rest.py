"""`python -m loadtests.rest DATA`: what the stack that runs in DATA costs when nobody asks anything.

CPU of every process, commands that MongoDB answers (its own talk with its clients included), memory in which what
processes share is counted once. Ends with 1 when a bound is not held.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from pymongo import MongoClient

from loadtests import processes

SECONDS = 30.0
SUPERVISOR = "make run"
CPU_MS, COMMANDS, PSS_MB = 30.0, 8.0, 900.0
# Before anything is measured: windows of this length, until MongoDB is asked little in one or patience ends.
WINDOW_SECONDS, CALM, PATIENCE_SECONDS = 5.0, 15.0, 180.0
_COUNTED = ("insert", "query", "update", "delete", "getmore", "command")


@dataclass(frozen=True)
class Rest:
    """What was spent in `seconds`, by process; `commands`: answered by MongoDB in all."""

    cpu: dict[str, processes.Spent]
    commands: int
    seconds: float

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU a second, over all processes."""
        return 1000 * sum(spent.cpu_seconds for spent in self.cpu.values()) / self.seconds

    @property
    def commands_a_second(self) -> float:
        """Commands a second."""
        return self.commands / self.seconds


def commands(client: MongoClient[dict[str, Any]]) -> int:
    """How many commands MongoDB has answered since it began."""
    counters = client.admin.command("serverStatus")["opcounters"]
    return sum(int(counters[name]) for name in _COUNTED)


def measure(pids: Mapping[str, int], client: MongoClient[dict[str, Any]], seconds: float) -> Rest:
    """What these processes spend in so many seconds."""
    asked, before, began = commands(client), processes.spent(pids), time.monotonic()
    time.sleep(seconds)
    cpu, elapsed = processes.between(before, processes.spent(pids)), time.monotonic() - began
    # This question and its like are not theirs.
    return Rest(cpu, commands(client) - asked - 1, elapsed)


def settle(client: MongoClient[dict[str, Any]]) -> None:
    """Returns once MongoDB is asked little: a store just started or filled has work that nobody sees."""
    end = time.monotonic() + PATIENCE_SECONDS
    while measure({}, client, WINDOW_SECONDS).commands_a_second > CALM and time.monotonic() < end:
        continue


def pss_mb(pid: int) -> float:
    """Memory of this process and of all that it started, what they share counted once."""
    parent = psutil.Process(pid)
    return sum(float(each.memory_full_info().pss) for each in (parent, *parent.children(recursive=True))) / 1e6


def text(rest: Rest, pss: float) -> str:
    """The report for a terminal."""
    shown = sorted(rest.cpu.items(), key=lambda item: -item[1].cpu_seconds)
    lines = [
        f"{name:<24} {1000 * spent.cpu_seconds / rest.seconds:6.1f} ms/s {spent.rss_mb:6.0f} Mo"
        for name, spent in shown
    ]
    lines += [
        f"processeur, tous : {rest.cpu_ms:.1f} ms par seconde (au plus {CPU_MS:g})",
        f"commandes de MongoDB : {rest.commands_a_second:.1f} par seconde (au plus {COMMANDS:g})",
        f"mémoire (PSS) : {pss:.0f} Mo (au plus {PSS_MB:g})",
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """0 when every bound is held."""
    described = json.loads((Path(arguments[0] if arguments else "out/run") / "stack.json").read_text())
    pids = {name: found["pid"] for name, found in described["processes"].items() if found["pid"] and not found["job"]}
    everything: int = described["pid"]
    with MongoClient[dict[str, Any]](described["mongodb"]) as client:
        settle(client)
        rest = measure(pids | {SUPERVISOR: everything}, client, SECONDS)
    # It is their parent: what was read of it counts them too.
    of_all = rest.cpu.pop(SUPERVISOR)
    theirs = processes.Spent(sum(spent.cpu_seconds for spent in rest.cpu.values()), 0)
    rest.cpu[SUPERVISOR] = processes.Spent(max(0.0, of_all.cpu_seconds - theirs.cpu_seconds), 0)
    pss = pss_mb(everything)
    print(text(rest, pss))
    held = rest.cpu_ms <= CPU_MS and rest.commands_a_second <= COMMANDS and pss <= PSS_MB
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
