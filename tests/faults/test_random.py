"""Killed at random moments while people file: seconds of it in `make test`, a minute in `make test-faults`."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from chassis import clock
from dev.clock import ClockError
from tests.faults.client import live
from tests.faults.world import Run, World

CROWD = 4
SHORT_SECONDS, LONG_SECONDS, NIGHT_SECONDS, LATE_SECONDS = 6.0, 60.0, 20.0, 60.0
# The short part leaves out what takes a lease of minutes to heal: notify's worker, and requests in hand in a web.
SHORT_VICTIMS = ("deposit.worker", "nats", "deposit.rpc", "mongod", "deposit.web")
STOPPED = ("nats", "mongod", "deposit.web", "deposit.worker", "notify.worker")


def crowd(run: Run, seconds: float, size: int = CROWD) -> list[threading.Thread]:
    """People who live their lives one after the other in each of `size` threads, for `seconds`; on a slow machine each
    thread goes on until somebody in it has filed, a minute at most.
    """
    over = clock.monotonic() + seconds
    fin_titre = (run.world.stack.clock.today() + timedelta(days=40)).isoformat()

    def lives(lane: int, rng: random.Random) -> None:
        number, filed = 0, False
        while clock.monotonic() < over or (not filed and clock.monotonic() < over + LATE_SECONDS):
            filed = live(run.person(f"p{lane}-{number}"), rng, fin_titre) or filed
            number += 1

    seeds = [run.rng.random() for _ in range(size)]
    threads = [threading.Thread(target=lives, args=(lane, random.Random(seed))) for lane, seed in enumerate(seeds)]
    for thread in threads:
        thread.start()
    return threads


def torment(run: Run, going: Callable[[], bool]) -> None:
    """kill -9 of any process of the stack, or a stop of some seconds, at random moments while it is `going`."""
    supervisor = run.world.stack.supervisor
    names = sorted(name for name, child in supervisor.children.items() if not child.spec.job)
    while going():
        threading.Event().wait(run.rng.uniform(0.3, 2.0))
        if run.rng.random() < 0.2:
            _stop_a_while(run, run.rng.choice(STOPPED))
        else:
            run.kill(run.rng.choice(names))


def test_kills_while_people_file_lose_and_double_nothing(world: World) -> None:
    run = world.run("bref", patience=4.0)
    people = crowd(run, SHORT_SECONDS, size=2)
    victims = list(SHORT_VICTIMS)
    run.rng.shuffle(victims)
    for victim in victims:
        threading.Event().wait(run.rng.uniform(0.2, 1.0))
        run.kill(victim)
    _join(people)
    run.heal(patience=2.0)
    verdict = run.verdict(copies=2)
    assert verdict.figures["filed"] > 0
    assert verdict.clean, verdict
    run.verify_documents()


@pytest.mark.long
@pytest.mark.timeout(500)
def test_a_minute_of_kills_of_any_process_loses_and_doubles_nothing(world: World) -> None:
    run = world.run("long", patience=30.0)
    people = crowd(run, LONG_SECONDS)
    torment(run, lambda: any(person.is_alive() for person in people))
    run.heal()
    _night(run)
    run.heal()
    verdict = run.verdict()
    assert verdict.figures["filed"] > CROWD
    assert verdict.clean, verdict
    run.verify_documents()


def _night(run: Run) -> None:
    """The calendar moves while the workers die: what falls due is given once, by whoever is left."""
    day = run.world.stack.clock
    over = clock.monotonic() + NIGHT_SECONDS

    def pass_days() -> None:
        try:
            day.set(day.today() + timedelta(days=45), direct=True)
        except ClockError as error:
            # Not quiet yet: the healing that follows waits for it, and says so if it never is.
            print(f"night: {error}")

    night = threading.Thread(target=pass_days)
    night.start()
    while clock.monotonic() < over:
        threading.Event().wait(run.rng.uniform(0.5, 2.0))
        run.kill(run.rng.choice(("deposit.worker", "notify.worker", "deposit.web", "nats", "mongod")))
    night.join()


def _stop_a_while(run: Run, name: str) -> None:
    stack = run.world.stack
    pid = stack.pid(*name.split("."))
    if pid:
        stack.send_signal(signal.SIGSTOP, *name.split("."))
        threading.Event().wait(run.rng.uniform(0.5, 3.0))
        if stack.pid(*name.split(".")) == pid:
            stack.send_signal(signal.SIGCONT, *name.split("."))


def _join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join()
