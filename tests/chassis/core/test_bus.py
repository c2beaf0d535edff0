"""Facts over a real JetStream: replicas share, poison is set aside and replayed, the log heals a lost store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import grpc
import nats as nats_py
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from nats.js import JetStreamContext
from pymongo.errors import AutoReconnect

from chassis import bus, clock, processes, reconciler, relay, rpc
from chassis import inbox as inboxes
from chassis.inbox import ACK, MAX_DELIVER, NAK, TERM, Handlers, Inbox, Meta, Received
from chassis.settings import Settings
from tests import drain
from tests.chassis.core import faux, monde
from tests.chassis.core.monde import Bocal
from tests.chassis.core.test_worker import wipe_streams
from tests.waiting import wait_until

READERS = {monde.REMPLI: frozenset({"notify"})}
Talk = Callable[[Callable[[JetStreamContext, JetStreamContext], Any]], Any]


@pytest.fixture
def talk(nats: Any, settings_of: Callable[..., Settings]) -> Talk:
    """Runs a conversation on an emptied broker: the connections of deposit (prepared) and of notify (prepared)."""

    def run(conversation: Callable[[JetStreamContext, JetStreamContext], Any], handlers: Handlers | None = None) -> Any:
        async def whole() -> Any:
            await wipe_streams(nats.url)
            connections, streams = [], []
            for name, listens in (("deposit", {}), ("notify", handlers or faux.FAUX["notify"].handlers)):
                settings = settings_of(name, nats_url=nats.url_for(name))
                connections.append(await bus.connect(settings))
                streams.append(connections[-1].jetstream())
                # Prepared twice: it is a job that may be run again.
                await bus.prepare(streams[-1], settings, listens)
                await bus.prepare(streams[-1], settings, listens)
            try:
                return await conversation(*streams)
            finally:
                for connection in connections:
                    await connection.close()

        return asyncio.run(whole())

    return run


async def _send(db: Any, js: JetStreamContext) -> int:
    sender, total = relay.Relay(db, (Bocal,), bus.Publisher(js, "deposit"), drain.in_a_thread), 0
    while sent := await sender.run_once():
        total += sent
    return total


async def _until(stop: asyncio.Event, condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if await asyncio.to_thread(condition):
            break
        await asyncio.sleep(0.05)
    stop.set()


def _effects(notify: Any) -> int:
    return int(notify["effets"].count_documents({"_id": {"$gt": ""}}))


def _received(event_id: str, value: str, deliveries: int = 1, more: Mapping[str, str] | None = None) -> Received:
    known = {
        "Nats-Msg-Id": event_id,
        "sejour-aggregate": "a",
        "sejour-version": "1",
        "sejour-parcours": "p",
        "sejour-day": "2026-11-22",
        "sejour-time": clock.now().isoformat(),
    }
    return Received(monde.REMPLI, StringValue(value=value).SerializeToString(), known | dict(more or {}), deliveries)


def test_two_replicas_share_the_facts_and_each_takes_effect_once(talk: Talk, deposit: Any, notify: Any) -> None:
    for number in range(60):
        monde.create(f"b{number}")

    async def conversation(js: JetStreamContext, listener: JetStreamContext) -> None:
        stop, inbox = asyncio.Event(), Inbox(notify, faux.FAUX["notify"].handlers)
        replicas = [bus.consume(listener, "DEPOSIT", "notify", inbox, drain.in_a_thread, stop) for _ in range(2)]
        assert await _send(deposit, js) == 60
        await asyncio.gather(*replicas, _until(stop, lambda: _effects(notify) == 60))
        assert await bus.lag(listener, faux.FAUX["notify"].handlers, "notify") == 0

    talk(conversation)
    assert _effects(notify) == 60
    assert notify["recus"].count_documents({"_id": {"$gt": ""}}) == 60


def test_what_arrives_as_the_last_pull_ends_is_handled_before_the_end(
    talk: Talk, deposit: Any, notify: Any, nats: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop that is held past the end of its pull finds the time over and the facts there at the same moment."""
    monkeypatch.setattr(bus, "PULL_SECONDS", 1.0)
    handlers, elsewhere = faux.FAUX["notify"].handlers, ThreadPoolExecutor(1)

    async def ask(question: Callable[[JetStreamContext], Any]) -> Any:
        connection = await nats_py.connect(nats.url)
        try:
            return await question(connection.jetstream())
        finally:
            await connection.close()

    def durable() -> Any:
        return elsewhere.submit(asyncio.run, ask(lambda js: js.consumer_info("DEPOSIT", "notify"))).result()

    def held_past_a_pull(entry: dict[str, Any]) -> bool:
        end = clock.monotonic() + bus.PULL_SECONDS
        assert elsewhere.submit(asyncio.run, ask(lambda js: bus.Publisher(js, "deposit")([entry]))).result()
        wait_until("the pull is over", lambda: clock.monotonic() > end)
        return bool(durable().num_ack_pending == 1)

    async def conversation(js: JetStreamContext, listener: JetStreamContext) -> int:
        stop, inbox, count = asyncio.Event(), Inbox(notify, handlers), 0
        consuming = asyncio.create_task(bus.consume(listener, "DEPOSIT", "notify", inbox, drain.in_a_thread, stop))
        for bocal in deposit["bocaux"].find():
            count += 1
            while not (await asyncio.to_thread(durable)).num_waiting:
                await asyncio.sleep(0.05)
            # The pull may have ended in between; the next jar then tries again.
            if held_past_a_pull(bocal["outbox"][0]):
                break
        stop.set()
        await consuming
        await listener._nc.flush()
        # The broker reads acknowledgements after it has answered a flush; what is not acknowledged stays pending.
        wait_until("each is acknowledged", lambda: durable().num_ack_pending == 0)
        return count

    for number in range(5):
        monde.create(f"b{number}")
    assert talk(conversation) == _effects(notify)


def test_a_published_copy_is_dropped_by_the_broker(talk: Talk, deposit: Any) -> None:
    monde.create("un")

    async def conversation(js: JetStreamContext, listener: JetStreamContext) -> int:
        entries = deposit["bocaux"].find_one({"etiquette": "un"})["outbox"]
        for _ in range(3):
            assert len(await bus.Publisher(js, "deposit")(entries)) == 1
        return int((await js.stream_info("DEPOSIT")).state.messages)

    assert talk(conversation) == 1


def test_a_service_cannot_publish_the_facts_of_another(talk: Talk, deposit: Any) -> None:
    monde.create("un")

    async def conversation(js: JetStreamContext, listener: JetStreamContext) -> set[str]:
        entries = deposit["bocaux"].find_one({"etiquette": "un"})["outbox"]
        return await bus.Publisher(listener, "deposit")(entries)

    assert talk(conversation) == set()


def test_poison_goes_aside_while_its_neighbours_take_effect_and_is_replayed_by_the_command(
    talk: Talk,
    deposit: Any,
    notify: Any,
    settings_of: Callable[..., Settings],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inboxes, "MAX_DELIVER", 2)
    for value in ("sain", faux.POISON, "sain aussi"):
        monde.create(value)

    async def conversation(js: JetStreamContext, listener: JetStreamContext) -> None:
        stop, inbox = asyncio.Event(), Inbox(notify, faux.FAUX["notify"].handlers)
        await _send(deposit, js)
        rejected = lambda: bool(notify["rejets"].find_one({"replayed_time": None}))  # noqa: E731
        await asyncio.gather(
            bus.consume(listener, "DEPOSIT", "notify", inbox, drain.in_a_thread, stop), _until(stop, rejected)
        )
        assert await bus.lag(listener, faux.FAUX["notify"].handlers, "notify") == 0

    talk(conversation)
    assert _effects(notify) == 2
    settings = settings_of("notify")
    capsys.readouterr()
    processes._rejets(faux.FAUX["notify"], settings, [])
    event_id, _, subject, error, *_ = capsys.readouterr().out.split()
    assert (subject, error) == (monde.REMPLI, "ValueError:")
    with pytest.raises(SystemExit) as still:
        processes._rejets(faux.FAUX["notify"], settings, ["replay", event_id])
    assert still.value.code == 1
    capsys.readouterr()
    notify["remedes"].insert_one({"_id": faux.POISON})
    with pytest.raises(SystemExit) as done:
        processes._rejets(faux.FAUX["notify"], settings, ["replay", event_id])
    assert done.value.code == 0
    assert _effects(notify) == 3
    capsys.readouterr()
    processes._rejets(faux.FAUX["notify"], settings, [])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("received", "outcome"),
    [
        (_received("e1", "sain"), ACK),
        (_received("e2", faux.POISON), NAK),
        (_received("e3", faux.POISON, deliveries=MAX_DELIVER), TERM),
        (_received("e4", "sain", more={"sejour-version": "un"}), TERM),
        (_received("e5", "sain", more={"sejour-day": "hier"}), TERM),
        (Received(monde.REMPLI, b"\xff\xff", _received("e6", "").headers, 1), TERM),
        (Received("deposit.autre.chose", b"", _received("e7", "").headers, 1), TERM),
        (Received(monde.REMPLI, b"", {}, 1), TERM),
    ],
)
def test_what_cannot_be_read_or_handled_has_one_outcome(notify: Any, received: Received, outcome: str) -> None:
    assert Inbox(notify, faux.FAUX["notify"].handlers).handle_batch([received]) == [outcome]
    assert bool(notify["rejets"].find_one()) == (outcome == TERM)


def test_a_store_that_is_down_blames_no_fact(notify: Any) -> None:
    def down(event: Any, meta: Meta) -> None:
        raise AutoReconnect("down")

    inbox = Inbox(notify, {monde.REMPLI: (StringValue, down)})
    with pytest.raises(AutoReconnect):
        inbox.handle_batch([_received("e1", "sain", deliveries=MAX_DELIVER)])
    assert notify["rejets"].find_one() is None


@pytest.fixture
def log_of_deposit(deposit: Any, settings_of: Callable[..., Settings]) -> Iterator[Settings]:
    """Settings of notify, who reaches the gRPC server of deposit."""
    server, port = rpc.create_server(settings_of("deposit"), {}, lambda made: (), READERS)
    server.start()
    yield settings_of("notify", rpc_addresses={"deposit": f"127.0.0.1:{port}"})
    server.stop(grace=None).wait()


def test_facts_that_the_broker_lost_are_fetched_from_the_log(
    talk: Talk, deposit: Any, notify: Any, log_of_deposit: Settings, nats: Any
) -> None:
    for number in range(450):
        monde.create(f"b{number}")

    async def conversation(js: JetStreamContext, listener: JetStreamContext) -> None:
        await _send(deposit, js)

    talk(conversation)
    asyncio.run(wipe_streams(nats.url))
    client, handlers = rpc.Client(log_of_deposit), faux.FAUX["notify"].handlers
    try:
        assert reconciler.reconcile(notify, client, handlers) == 0, "a young fact may be on its way"
        assert reconciler.reconcile(notify, client, handlers, timedelta(seconds=-5)) == 450
        assert reconciler.reconcile(notify, client, handlers, timedelta(seconds=-5)) == 0
    finally:
        client.close()
    assert _effects(notify) == 450


def test_the_reconciler_waits_for_what_fails_then_sets_it_aside(
    deposit: Any, notify: Any, log_of_deposit: Settings
) -> None:
    for value in ("avant", faux.POISON, "apres"):
        monde.create(value)
        drain.empty(relay.Relay(deposit, (Bocal,), _dead, drain.in_a_thread))
    client, handlers = rpc.Client(log_of_deposit), faux.FAUX["notify"].handlers
    try:
        passes = [reconciler.reconcile(notify, client, handlers, timedelta(seconds=-5)) for _ in range(MAX_DELIVER + 1)]
    finally:
        client.close()
    assert passes == [1, *[0] * (MAX_DELIVER - 2), 2, 0]
    assert _effects(notify) == 2
    assert notify["rejets"].find_one({"replayed_time": None}) is not None


def test_a_silent_source_is_for_the_next_pass(notify: Any, settings_of: Callable[..., Settings]) -> None:
    client = rpc.Client(settings_of("notify", rpc_addresses={"deposit": "127.0.0.1:1"}))
    try:
        assert reconciler.reconcile(notify, client, faux.FAUX["notify"].handlers) == 0
    finally:
        client.close()


async def _dead(entries: list[dict[str, Any]]) -> set[str]:
    return set()


def test_the_log_is_not_given_without_a_token(deposit: Any, log_of_deposit: Settings) -> None:
    address = (log_of_deposit.rpc_addresses or {})["deposit"]
    with grpc.insecure_channel(address) as channel, pytest.raises(grpc.RpcError) as refused:
        call: Any = channel.unary_unary(f"/{reconciler.METHOD}")
        call(b"", timeout=2)
    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED
