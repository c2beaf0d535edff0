"""Who writes calls for the work it leaves; one worker of a service leads, and looks for what nobody was told of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from nats.aio.msg import Msg

from chassis import bus, clock, due, lead, outbox, wake, words
from chassis.lead import Lead, Queue, look
from chassis.settings import Settings
from tests.chassis.core import monde
from tests.chassis.core.monde import Bocal
from tests.profiler import Profiled, profiled  # noqa: F401


def test_a_write_says_its_collection_and_what_it_made_due(deposit: Any) -> None:
    said: list[frozenset[str]] = []
    wake.listen(said.append)
    try:
        bocal = monde.create("un")
        bocal.lignes.append("a")
        outbox.update(bocal)
        due.plan(bocal, relance=clock.today() + timedelta(days=1))
        outbox.update(bocal)
        due.plan(bocal, relance=clock.today())
        outbox.update(bocal)
    finally:
        wake.stop_listening(said.append)
    assert said == [frozenset({"bocaux"}), frozenset({outbox.DUE})], "nothing to send and nothing due: nothing is said"


def test_a_web_wakes_the_workers_of_its_service(nats: Any, settings_of: Callable[..., Settings]) -> None:
    heard: set[str] = set()

    async def hear(word: Msg) -> None:
        heard.update(words.read(word.data))

    async def conversation() -> None:
        connection = await bus.connect(settings_of("deposit", nats_url=nats.url_for("deposit")))
        await connection.subscribe(words.subject("deposit"), cb=hear)
        await connection.flush()
        speaker = words.Speaker(settings_of("deposit", reveil_url=nats.url_for("deposit.reveil")))
        speaker.start()
        try:
            async with asyncio.timeout(60):
                # What is said before it is connected is lost: the worker looks.
                while heard != {"demandes", "usagers"}:
                    wake.say("demandes", "usagers")
                    await asyncio.sleep(0.05)
        finally:
            wake.stop_listening(speaker._hear)
            if speaker._connection is not None:
                # Else it would look for its broker, and say so, after the last test.
                asyncio.run_coroutine_threadsafe(speaker._connection.close(), speaker._loop).result(10)
            await connection.close()

    asyncio.run(conversation())


def test_one_leads_until_its_lease_ends_and_who_comes_back_leads_at_once(deposit: Any) -> None:
    first, second = Lead(deposit, "a:1"), Lead(deposit, "b:1")
    assert (first.hold(), second.hold(), first.hold()) == (True, False, True)
    assert Lead(deposit, "a:1").hold(), "the same worker after a crash"
    deposit[lead.COLLECTION].update_one({"_id": lead.KEY}, {"$set": {"until_time": clock.now() - timedelta(seconds=1)}})
    assert (second.hold(), first.hold()) == (True, False)
    second.release()
    assert first.hold()


def test_one_look_finds_every_queue_that_holds_something(deposit: Any, profiled: Profiled) -> None:  # noqa: F811
    monde.create("un")
    empty = Queue("vide", "bocaux", lambda: {"outbox.event_id": {"$gt": "z"}})
    full = Queue("plein", "bocaux", lambda: {"outbox.event_id": {"$gt": ""}})
    nowhere = Queue.of(Bocal, {"next_due_date": {"$gt": "", "$lte": "2000-01-01"}})
    assert look(deposit, (empty, full, nowhere)) == {"plein"}
    assert look(deposit, ()) == frozenset()
