"""What each process of the stack spent, read from the kernel before and after."""

from __future__ import annotations

import resource
from collections.abc import Mapping
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Spent:
    """CPU seconds of a process with those it forked, and its memory now in MB."""

    cpu_seconds: float
    rss_mb: float


def spent(pids: Mapping[str, int]) -> dict[str, Spent]:
    """What each has spent since it began; one that is down is left out."""
    found: dict[str, Spent] = {}
    for name, pid in pids.items():
        try:
            family = [psutil.Process(pid)] if pid else []
            family += [child for parent in list(family) for child in parent.children(recursive=True)]
            found[name] = Spent(sum(_cpu(process) for process in family), sum(_rss(process) for process in family))
        except psutil.NoSuchProcess:
            continue
    return {name: said for name, said in found.items() if said.rss_mb}


def machine_cpu_seconds() -> float:
    """CPU seconds that the whole machine has spent on anything."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


def ended_children_cpu_seconds() -> float:
    """CPU seconds of the children of this process that have ended: of a load, its generator."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def between(before: Mapping[str, Spent], after: Mapping[str, Spent]) -> dict[str, Spent]:
    """CPU of each process between two readings; one that restarted counts from its restart."""
    nothing = Spent(0.0, 0.0)
    return {
        name: Spent(max(0.0, end.cpu_seconds - before.get(name, nothing).cpu_seconds), end.rss_mb)
        for name, end in after.items()
    }


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _rss(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 1e6
    except psutil.NoSuchProcess:
        return 0.0
