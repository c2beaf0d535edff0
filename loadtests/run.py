"""`python -m loadtests.run` (`make load`): the whole system under the national mix, judged; ends with 1 when not held.

Starts the stack in its own data folder, fills the store, sends the load from a process of its own, waits until nothing
is left to do, and prints latencies, lag of facts and CPU of each process. Loopback only; stops by itself.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from chassis import clock
from dev.stack import Stack
from droit.catalogue import catalogue
from droit.dates import Position
from loadtests import metrics, page, prepare, processes, report, rest
from loadtests.absences import Absences
from loadtests.course import Course
from loadtests.janitor import Janitor
from loadtests.mix import EVERYTHING, Kind, driven
from loadtests.prepare import Asked, Ready
from loadtests.report import Run
from loadtests.result import Result
from loadtests.samples import achieved, latencies
from loadtests.shapes import SHAPES
from loadtests.verdict import Issue, Mesures, judge
from loadtests.world import Plan

# One address sends everything here: what protects a replica from one address is out of the way, nothing else is.
LIMITS = {
    "LIMITE_REQUETES_MINUTE": "10000000",
    "LIMITE_FORMULAIRES_MINUTE": "10000000",
    "LIMITE_CONNEXION_IP": "10000000",
    "LIMITE_CONNEXION_LOGIN": "1000",
}
CACHE_GB = "2"
DISK_GB = 8
IDLE_SECONDS = 10.0
# The generator reads the plan meanwhile.
LEAD_SECONDS = 8.0
WEIGHED_RATE = 5.0
GENERATOR_SPARE_SECONDS = 90.0
BACKLOG_SECONDS, LOOK_EVERY_SECONDS = 60.0, 0.25
MOST_SECONDS, MOST_PEAKS = 1800.0, 50.0


def main(arguments: list[str]) -> int:
    """0 when every threshold is held, or when some operations were only weighed."""
    options = parsed(arguments)
    asked = Asked(
        factor=options.peaks * peak_factor(),
        seconds=options.seconds,
        warm_up=options.warm_up,
        demandes=options.demandes,
        only=tuple(options.only),
        shape=options.shape,
    )
    data = Path(options.data)
    data.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(data).free < DISK_GB * 1e9:
        print(f"Il faut {DISK_GB} Go libres pour cet essai.", file=sys.stderr)
        return 2
    os.environ.update(LIMITS)
    os.environ.setdefault("MONGO_CACHE_GB", CACHE_GB)
    with Stack(data, services=options.services, notablescan=False) as stack:
        ready = prepare.ready(stack, asked.demandes)
        if options.weigh:
            print(weigh(stack, ready, asked))
            return 0
        run = measure(stack, ready, asked)
    report.write(run, data / "rapport.json")
    page.write(run, data / "rapport.html")
    print(report.text(run))
    return 0 if not run.judged or run.verdict.issue is Issue.TENU else 1


def weigh(stack: Stack, ready: Ready, asked: Asked) -> str:
    """Each operation alone, one after the other, all at the same rate: what one of them costs each process."""
    runs = {}
    for part in driven(asked.only):
        alone = replace(asked, factor=WEIGHED_RATE / part.rate(1), only=(part.operation,))
        runs[part.operation] = measure(stack, ready, alone)
    return report.weights(runs)


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The command line; refuses what has no bound."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.run", description=__doc__)
    parser.add_argument("--peaks", type=float, default=2, help="national peaks (P-PEAK times the average each)")
    parser.add_argument("--seconds", type=float, default=120, help="how long it is measured")
    parser.add_argument("--shape", choices=sorted(SHAPES), default="palier", help="how the rate goes (shapes.py)")
    parser.add_argument("--warm-up", type=float, default=10, help="seconds of the same load before, not measured")
    parser.add_argument("--demandes", type=int, default=100_000, help="how many the store must hold")
    parser.add_argument("--data", default="out/load", help="data of the stack, kept from one run to the next")
    parser.add_argument("--only", nargs="*", default=[], help="only these operations, weighed and not judged")
    parser.add_argument("--weigh", action="store_true", help="each operation alone in turn, for --seconds each")
    parser.add_argument("--services", nargs="*", default=None, help="only these services (default: all)")
    options = parser.parse_args(arguments)
    if not 0 < options.peaks <= MOST_PEAKS or not 0 < options.seconds <= MOST_SECONDS:
        parser.error(f"at most {MOST_PEAKS:g} peaks and {MOST_SECONDS:g} seconds")
    known = {part.operation for part in EVERYTHING if part.kind is not Kind.FAIT}
    if unknown := set(options.only) - known:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    return options


def peak_factor() -> float:
    """P-PEAK today: no document gives a peak, so it is a setting with its own name."""
    return float(catalogue().national.number("P-PEAK", legal_day(), Position.RECOMMANDATION))


def legal_day() -> date:
    """The day on which the stack's held clock starts."""
    return clock.now().astimezone(clock.PARIS).date()


def measure(stack: Stack, ready: Ready, asked: Asked) -> Run:
    """One run on a stack that is up and filled."""
    filler = ready.filler
    plan = prepare.plan(stack, ready, asked)
    stack.clock.wait_quiet(prepare.QUIET_SECONDS)
    with MongoClient[dict[str, Any]](stack.mongodb_uri) as client:
        rest.settle(client)
        idle = rest.measure(_pids(stack), client, IDLE_SECONDS)
    workers, everyone = _ops_ports(stack, ("worker",)), _ops_ports(stack, ("worker", "web", "rpc"))
    messages, facts, before = filler.messages(), metrics.scrape(everyone), processes.spent(_pids(stack))
    began, machine, ended = clock.monotonic(), processes.machine_cpu_seconds(), processes.ended_children_cpu_seconds()
    restarts = _restarts(stack)
    plan.start = clock.monotonic() + LEAD_SECONDS + asked.warm_up
    pieces = (stack.data / "pieces" / service for service in stack.services if service != "notify")
    with (
        Janitor(*pieces) as janitor,
        Course(partial(_pids, stack), workers, plan.start) as course,
        Absences(stack, asked.spans, plan.start),
    ):
        result = generate(stack.data, plan, asked)
        backlog, waiting = wait_for_backlog(workers, result.end)
    elapsed = clock.monotonic() - began
    after, facts = processes.spent(_pids(stack)), metrics.scrape(everyone).since(facts)
    cpu = processes.between(before, after)
    ours = sum(spent.cpu_seconds for spent in cpu.values()) + processes.ended_children_cpu_seconds() - ended
    judged = [sample for sample in result.samples if sample.judged]
    mesures = Mesures(
        erreurs=sum(1 for sample in judged if sample.fault) + result.unanswered,
        manquees=sum(result.missed.values()),
        sorties=1 - result.late / max(1, sum(result.planned.values())),
        debit=achieved(judged, asked.seconds) / max(1, result.judged),
        generateur_cpu=result.cpu_percent,
        lectures_p95_ms=latencies(report.of_kind(judged, Kind.LECTURE)).p95_ms,
        commandes_p95_ms=latencies(report.of_kind(judged, Kind.COMMANDE)).p95_ms,
        faits_p95_seconds=metrics.quantile(metrics.merged(facts.lag.values()), 0.95),
        faits=metrics.total(metrics.merged(facts.lag.values())),
        backlog_seconds=backlog,
        rejets=int(facts.rejected),
        messages=(filler.messages() - messages) / max(1.0, report.planned_messages(asked)),
        demandes=filler.count(),
    )
    return Run(
        asked=asked,
        result=result,
        mesures=mesures,
        verdict=judge(mesures),
        facts=facts,
        course=tuple(course.points),
        cpu=cpu,
        others_cpu_seconds=max(0.0, processes.machine_cpu_seconds() - machine - ours),
        idle=idle.cpu,
        idle_seconds=idle.seconds,
        idle_commands=idle.commands_a_second,
        elapsed_seconds=elapsed,
        still_waiting=waiting,
        restarts={
            name: count - restarts.get(name, 0)
            for name, count in _restarts(stack).items()
            if count > restarts.get(name, 0)
        },
        deleted_bytes=janitor.bytes,
    )


def generate(data: Path, plan: Plan, asked: Asked) -> Result:
    """The load, from a process of its own that ends by itself; killed when it does not."""
    path, result = data / "plan.json", data / "mesures.json"
    plan.write(path)
    result.unlink(missing_ok=True)
    print(f"Charge pendant {asked.warm_up:g} s de mise en route puis {asked.seconds:g} s.", flush=True)
    argv = [sys.executable, "-m", "loadtests.generator", str(path), str(result)]
    subprocess.run(argv, check=True, timeout=asked.warm_up + asked.seconds + GENERATOR_SPARE_SECONDS)
    path.unlink()
    return Result.read(result)


def wait_for_backlog(workers: dict[str, int], end: float) -> tuple[float | None, dict[str, Any]]:
    """Seconds from the end of the measure until nobody has anything left to do, or None with who still has."""
    while True:
        looked = clock.monotonic()
        waiting = metrics.waiting(workers)
        if not waiting:
            return max(0.0, looked - end), {}
        if looked > end + BACKLOG_SECONDS:
            return None, waiting
        time.sleep(LOOK_EVERY_SECONDS)


def _pids(stack: Stack) -> dict[str, int]:
    return {name: child.pid for name, child in stack.supervisor.children.items() if not child.spec.job}


def _restarts(stack: Stack) -> dict[str, int]:
    return {name: child.restarts for name, child in stack.supervisor.children.items() if not child.spec.job}


def _ops_ports(stack: Stack, kinds: tuple[str, ...]) -> dict[str, int]:
    return {f"{service}.{kind}": stack.port(service, kind, "ops") for service in stack.services for kind in kinds}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
