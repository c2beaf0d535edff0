"""The worker as a real process: killed at any moment it loses and doubles nothing; asked to end, it finishes."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import nats as nats_py
import pytest
import requests
from nats.js.errors import NotFoundError

from chassis import clock, due, mongo, outbox
from chassis.settings import SERVICES, Settings
from chassis.worker import FINISH_SECONDS
from dev.ports import Ports
from tests.chassis.core import monde
from tests.chassis.core.monde import Bocal
from tests.chassis.core.processes import Process, run_jobs, running
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(240)
KILLS, WRITES = 10, 400

Make = Callable[..., Process]


async def wipe_streams(url: str) -> None:
    """An empty broker, as after the loss of its disk."""
    connection = await nats_py.connect(url)
    js = connection.jetstream()
    for name in (*(service.upper() for service in SERVICES), "CONTACT"):
        try:
            await js.delete_stream(name)
        except NotFoundError:
            continue
    await connection.close()


@pytest.fixture
def make(
    mongo: Any, nats: Any, settings_of: Callable[..., Settings], deposit: Any, notify: Any, tmp_path: Path
) -> Make:
    """Makes a process; both services are prepared, on an empty broker."""
    asyncio.run(wipe_streams(nats.url))
    ports = Ports(tmp_path / "ports.json")
    clock_file = tmp_path / "horloge"

    def made(service: str, kind: str = "worker", name: str = "") -> Process:
        settings = settings_of(
            service,
            nats_url=nats.url_for(service),
            clock_file=clock_file,
            web_port=ports.get(f"{service}.web"),
            rpc_port=ports.get(f"{service}.rpc"),
        )
        name = name or f"{service}.{kind}"
        return Process(settings, kind, ports.get(f"{name}.ops"), tmp_path / f"{name}.log")

    run_jobs(made("deposit", "prepare"), made("notify", "prepare"))
    return made


def _is(process: Process, status: int) -> bool:
    return process.status("/readyz") == status


def _effects(notify: Any) -> int:
    return int(notify["effets"].count_documents({"_id": {"$gt": ""}}))


def test_ten_kills_at_random_moments_lose_nothing_and_double_nothing(make: Make, notify: Any) -> None:
    workers = [make("deposit"), make("deposit", name="deposit.2"), make("notify"), make("notify", name="notify.2")]
    rng = random.Random(20261122)
    bocaux = [monde.create(f"b{number}", f"c{number}") for number in range(8)]
    over = threading.Event()

    def write() -> None:
        for number in range(WRITES):
            monde.fill(bocaux[number % 8].id, f"r{number}")
            threading.Event().wait(0.03)
        over.set()

    with running(*workers):
        writer = threading.Thread(target=write)
        writer.start()
        for _ in range(KILLS):
            victim = rng.choice(workers)
            threading.Event().wait(rng.uniform(0.1, 1.5))
            victim.kill()
            victim.start()
        writer.join()
        assert over.is_set()
        wait_until("every fact took effect", lambda: _effects(notify) >= WRITES + 8, 60)
        wait_until("all is quiet", lambda: all(w.says("/quiet").get("quiet") for w in workers), 60)
    facts = {(e["aggregate"], e["version"]) for e in notify["effets"].find()}
    assert len(facts) == _effects(notify) == WRITES + 8
    assert facts == {(b.id, v) for b in bocaux for v in range(1, WRITES // 8 + 2)}
    assert mongo.database("deposit")["faits"].count_documents({"version": {"$gt": 0}, "aggregate": {"$gt": ""}}) == (
        WRITES + 8
    )


def test_sigterm_finishes_what_is_in_hand_and_ends_with_zero(make: Make, notify: Any, nats: Any) -> None:
    sender, listener = make("deposit"), make("notify")
    bocal = monde.create("un")
    with running(sender, listener):
        for _ in range(10):
            outbox.update(Bocal.objects(id=bocal.id).first(), *[monde.fact("x") for _ in range(30)])
        wait_until("some facts took effect", lambda: _effects(notify) > 0)
        assert listener.end() == 0, listener.log.read_text()[-2000:]
        assert sender.end() == 0, sender.log.read_text()[-2000:]

    async def in_hand() -> int:
        connection = await nats_py.connect(nats.url)
        info = await connection.jetstream().consumer_info("DEPOSIT", "notify")
        await connection.close()
        return int(info.num_ack_pending or 0)

    # The broker may read the last acknowledgements after the worker has ended; what is not acknowledged stays pending.
    wait_until("what was in hand is acknowledged", lambda: asyncio.run(in_hand()) == 0)
    with running(listener, sender):
        wait_until("the rest took effect", lambda: _effects(notify) == 301)


def test_readiness_tells_the_truth_when_the_store_is_down(make: Make, mongod: Any) -> None:
    worker, web, rpc = make("deposit"), make("deposit", "web"), make("deposit", "rpc")
    with running(worker, web, rpc):
        mongod.stop()
        try:
            for process in (worker, web, rpc):
                wait_until(f"{process.kind} is not ready", partial(_is, process, 503))
                assert process.status("/livez") == 200
        finally:
            mongod.start()
        for process in (worker, web, rpc):
            wait_until(f"{process.kind} is ready again", partial(_is, process, 200))
            assert process.status("/metrics") == 200
        assert [process.end() for process in (worker, web, rpc)] == [0, 0, 0]


def test_a_dead_broker_fails_no_readiness_and_is_told(make: Make, nats: Any, notify: Any) -> None:
    sender, listener = make("deposit"), make("notify")
    early = make("deposit", name="deposit.2")
    nats.stop()
    try:
        with running(early):
            start = clock.monotonic()
            assert early.end() == 0
            assert clock.monotonic() - start < FINISH_SECONDS, "a worker that never met the broker does not wait for it"
        with running(sender, listener):
            assert sender.says("/readyz") == {"ready": True, "mongo": True, "broker": False}
            bocal = monde.create("un")
            wait_until(
                "the log holds the fact", lambda: mongo.database("deposit")["faits"].find_one({"aggregate": bocal.id})
            )
            assert sender.says("/quiet")["quiet"] is False
            nats.start()
            wait_until("the fact took effect", lambda: _effects(notify) == 1)
            wait_until("all is quiet", lambda: sender.says("/quiet").get("quiet") is True)
            wait_until("the broker is told", lambda: listener.says("/readyz").get("broker") is True)
            nats.stop()
            assert sender.end() == 0
    finally:
        nats.start()


def test_an_emptied_broker_gets_its_streams_back(make: Make, nats: Any, notify: Any) -> None:
    sender, listener = make("deposit"), make("notify")
    with running(sender, listener):
        monde.create("un")
        wait_until("the first fact took effect", lambda: _effects(notify) == 1)
        asyncio.run(wipe_streams(nats.url))
        monde.create("deux")
        wait_until("the second fact took effect", lambda: _effects(notify) == 2)


def test_what_fails_is_in_the_metrics_though_nobody_asks_for_quiet(make: Make) -> None:
    """An operator reads `/metrics` alone."""
    sender = make("deposit")
    outbox.insert(Bocal(id=clock.new_id(), parcours_id="p", etiquette="du", due_failures=3))
    address = f"http://127.0.0.1:{sender.ops_port}/metrics"
    with running(sender):
        wait_until("the failure is counted", lambda: "sejour_due_failing 1.0" in requests.get(address, timeout=5).text)


def test_quiet_is_false_until_what_is_due_is_done(make: Make, notify: Any, tmp_path: Path) -> None:
    sender, listener = make("deposit"), make("notify")
    file, day = tmp_path / "horloge", clock.today()
    bocal = Bocal(id=clock.new_id(), parcours_id="p", etiquette="du")
    due.plan(bocal, relance=day + timedelta(days=3))
    outbox.insert(bocal, monde.fact("0"))
    with running(sender, listener):
        wait_until("quiet", lambda: sender.says("/quiet").get("quiet") is True)
        assert Bocal.objects(id=bocal.id).first().state == "OUVERT"
        file.write_text((day + timedelta(days=4)).isoformat())
        wait_until("the jar is closed", lambda: Bocal.objects(id=bocal.id).first().state == "FERME")
        wait_until("both facts took effect", lambda: _effects(notify) == 2)
        wait_until("quiet", lambda: sender.says("/quiet").get("quiet") is True)
        assert sender.says("/quiet")["day"] == (day + timedelta(days=4)).isoformat()
