"""A web that is slow, that refuses, that hangs or that is gone: real processes, and watchers of several replicas."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from chassis import clock
from chassis.settings import Settings
from chassis.watch import Probe, Seen, State, Watch
from dev.ports import Ports
from tests.chassis.core.processes import Process, running
from tests.waiting import wait_until

SILENCE = 3
REPLICAS = (1, 3, 6)


@pytest.fixture
def web(settings_of: Callable[..., Settings], deposit: Any, tmp_path: Path) -> Iterator[Process]:
    """A real web of two threads."""
    ports = Ports(tmp_path / "ports.json")
    settings = settings_of("deposit", web_port=ports.get("web"))
    process = Process(settings, "web", ports.get("ops"), tmp_path / "web.log", env={"WEB_THREADS": "2"})
    with running(process):
        yield process


class Watchers:
    """So many replicas of one watcher, each with a thread of its own; what they saw, in order."""

    def __init__(self, looks: Any, replicas: int, probe: Probe, stop: threading.Event) -> None:
        self.seen: list[Seen] = []
        self.threads = [
            threading.Thread(target=self._go, args=(Watch(looks, probe), stop), daemon=True) for _ in range(replicas)
        ]

    def _go(self, watch: Watch, stop: threading.Event) -> None:
        while not stop.wait(0.05):
            seen = watch.look()
            if seen is not None:
                self.seen.append(seen)

    @property
    def state(self) -> State | None:
        """What the last look met."""
        return self.seen[-1].state if self.seen else None

    @property
    def lost(self) -> list[Seen]:
        """The looks that found the silence too long."""
        return [seen for seen in self.seen if seen.lost]


@contextmanager
def watching(db: Any, web: Process) -> Iterator[list[Watchers]]:
    """Three deployments of watchers over the same web, of one, three and six replicas."""
    stop = threading.Event()
    probe = Probe(f"http://127.0.0.1:{web.settings.web_port}/", f"http://127.0.0.1:{web.ops_port}/traffic", 1, SILENCE)
    sets = [Watchers(db[f"veille_{replicas}"], replicas, probe, stop) for replicas in REPLICAS]
    threads = [thread for watchers in sets for thread in watchers.threads]
    for thread in threads:
        thread.start()
    yield sets
    stop.set()
    for thread in threads:
        thread.join()


def test_a_slow_web_is_no_outage_and_a_hung_one_is_found_at_the_same_second_by_one_three_or_six(
    web: Process, deposit: Any
) -> None:
    address = f"http://127.0.0.1:{web.settings.web_port}"
    assert requests.get(f"{address}/", timeout=30).text == "ok"
    begun = clock.monotonic()

    def busy() -> None:
        while clock.monotonic() < begun + SILENCE + 2:
            requests.get(f"{address}/lent", timeout=30)

    with watching(deposit, web) as sets:
        with ThreadPoolExecutor(6) as crowd:
            for _ in range(6):
                crowd.submit(busy)
        while_slow = {seen.state for watchers in sets for seen in watchers.seen}
        early = [seen for watchers in sets for seen in watchers.lost]
        wait_until("it answers again", lambda: all(watchers.state is State.ANSWERS for watchers in sets))
        # Between two looks, so that all three deployments saw the same last answer.
        wait_until("the middle of a second", lambda: 0.6 < clock.now().timestamp() % 1 < 0.7, every=0.02)
        web.signal_child(signal.SIGSTOP)
        stopped = clock.now()
        wait_until("all three find it", lambda: all(watchers.lost for watchers in sets))
        web.signal_child(signal.SIGCONT)
        wait_until("an answer ends it", lambda: all(watchers.state is State.ANSWERS for watchers in sets))

    first = [watchers.lost[0] for watchers in sets]
    assert early == [] and State.SLOW in while_slow and State.SILENT not in while_slow
    assert len({seen.instant for seen in first}) == 1 and first[0].state is State.SILENT
    assert first[0].instant - stopped <= timedelta(seconds=SILENCE)
    # Each second one look for all: nobody asks as often as there are replicas.
    assert all(len({seen.instant for seen in watchers.seen}) == len(watchers.seen) for watchers in sets)


def test_a_web_whose_store_is_gone_is_silent_though_its_pages_answer(web: Process, deposit: Any, mongod: Any) -> None:
    probe = Probe(f"http://127.0.0.1:{web.settings.web_port}/", f"http://127.0.0.1:{web.ops_port}/traffic", 6, SILENCE)
    watch = Watch(deposit["veille"], probe)
    assert watch._ask(clock.now())[0] is State.ANSWERS
    os.kill(mongod.pid, signal.SIGSTOP)
    try:
        assert watch._ask(clock.now())[0] is State.SILENT
    finally:
        os.kill(mongod.pid, signal.SIGCONT)


def test_who_was_away_hears_no_silence_and_a_store_that_was_lost_is_told_from_a_stop(deposit: Any) -> None:
    looks = deposit["veille"]
    nowhere = Probe("http://127.0.0.1:9/", "", 1, SILENCE)
    Watch(looks, nowhere).look()
    long_ago = clock.now() - timedelta(hours=2)
    looks.update_one({"_id": "web"}, {"$set": {"vue_time": long_ago, "reponse_time": long_ago}})

    seen = Watch(looks, nowhere).look()

    assert seen is not None and seen.away is not None
    assert (seen.away.time, seen.away.store_lost, seen.lost, seen.state) == (long_ago, False, False, State.SILENT)


def test_a_stop_that_is_shorter_than_the_silence_is_no_silence_either(deposit: Any) -> None:
    looks = deposit["veille"]
    nowhere = Probe("http://127.0.0.1:9/", "", 1, 60)
    Watch(looks, nowhere).look()
    stop = clock.now() - timedelta(seconds=60)
    looks.update_one({"_id": "web"}, {"$set": {"vue_time": stop, "reponse_time": stop}})

    seen = Watch(looks, nowhere).look()

    assert seen is not None and seen.away is None and not seen.lost
    assert seen.answer_time == seen.instant
