"""A service's own users of MongoDB and NATS reach what is its own and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import nats as client
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, StreamConfig
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from dev.solo import SoloNats
from tests.conftest import Mongo


def test_a_service_reads_and_writes_its_own_database(mongo: Mongo) -> None:
    with MongoClient[dict[str, Any]](mongo.uri_for("deposit")) as own:
        own["sejour_deposit"]["essai"].insert_one({"_id": 1})
        own["sejour_deposit"]["essai"].create_index("x")
        assert own["sejour_deposit"]["essai"].count_documents({"_id": 1}) == 1
        with own["sejour_deposit"].watch(max_await_time_ms=10) as changes:
            assert changes.try_next() is None


@pytest.mark.parametrize("database", ["sejour_notify", "admin", "local"])
def test_a_service_neither_reads_nor_writes_another_database(mongo: Mongo, database: str) -> None:
    with MongoClient[dict[str, Any]](mongo.uri_for("deposit")) as own:
        with pytest.raises(OperationFailure, match="not authorized"):
            own[database]["essai"].find_one({"_id": 1})
        with pytest.raises(OperationFailure, match="not authorized"):
            own[database]["essai"].insert_one({"_id": 1})


def test_nobody_reads_without_a_password(mongo: Mongo) -> None:
    address = mongo.uri.split("@", 1)[1].split("/", 1)[0]
    with MongoClient[dict[str, Any]](f"mongodb://{address}") as stranger, pytest.raises(OperationFailure):
        stranger["sejour_deposit"]["essai"].find_one({"_id": 1})


def test_an_unindexed_query_fails(mongo: Mongo) -> None:
    mongo.client[mongo.database]["essai"].insert_one({"a": 1})
    with pytest.raises(OperationFailure) as refused:
        mongo.client[mongo.database]["essai"].find_one({"a": 1})
    assert refused.value.code == 291


def as_service(nats: SoloNats, service: str, work: Callable[[Client, list[str]], Awaitable[None]]) -> list[str]:
    """Runs `work` as a service; returns what the server refused."""
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error))

    async def run() -> None:
        connection = await client.connect(
            nats.url_for(service), inbox_prefix=f"_INBOX_{service}".encode(), error_cb=note, allow_reconnect=False
        )
        await work(connection, refused)
        await connection.flush(timeout=2)
        await connection.close()

    asyncio.run(run())
    return refused


@pytest.fixture(scope="module", autouse=True)
def empty_broker(nats: SoloNats) -> None:
    """No stream of an earlier module, which may have been made otherwise."""

    async def wipe() -> None:
        connection = await client.connect(nats.url)
        stream = connection.jetstream(timeout=5)
        for info in await stream.streams_info():
            await stream.delete_stream(info.config.name or "")
        await connection.close()

    asyncio.run(wipe())


def test_a_service_publishes_its_facts_and_consumes_those_of_others(nats: SoloNats) -> None:
    async def publish(connection: Client, _refused: list[str]) -> None:
        stream = connection.jetstream(timeout=3)
        await stream.add_stream(StreamConfig(name="DEPOSIT", subjects=["deposit.>"]))
        await stream.publish("deposit.demande.deposee", b"1")
        await stream.add_stream(StreamConfig(name="CONTACT", subjects=["contact.>"]))
        await stream.publish("contact.deposit.usager-1", b"1")

    async def consume(connection: Client, _refused: list[str]) -> None:
        stream = connection.jetstream(timeout=3)
        # As `prepare` does: whoever comes first makes the stream.
        await stream.add_stream(StreamConfig(name="DEPOSIT", subjects=["deposit.>"]))
        subjects = ["deposit.demande.deposee", "deposit.demande.close"]
        await stream.add_consumer("DEPOSIT", ConsumerConfig(durable_name="notify", filter_subjects=subjects))
        one = await stream.add_consumer("CONTACT", ConsumerConfig(durable_name="notify", filter_subject="contact.>"))
        assert one.name == "notify"
        for name in ("DEPOSIT", "CONTACT"):
            pull = await stream.pull_subscribe_bind("notify", name)
            (message,) = await pull.fetch(1, timeout=3)
            await message.ack_sync(timeout=3)
        assert (await stream.consumer_info("DEPOSIT", "notify")).num_ack_pending == 0

    assert as_service(nats, "deposit", publish) == []
    assert as_service(nats, "notify", consume) == []


@pytest.mark.parametrize(
    "subject",
    [
        "deposit.demande.deposee",
        "contact.deposit.usager-1",
        "contact.notify.usager-1",
        "$JS.API.STREAM.DELETE.DEPOSIT",
        "$JS.API.STREAM.UPDATE.DEPOSIT",
        "$JS.API.STREAM.PURGE.DEPOSIT",
        "$JS.API.CONSUMER.CREATE.DEPOSIT.ccc",
        "$JS.API.CONSUMER.MSG.NEXT.DEPOSIT.ccc",
        "$JS.ACK.DEPOSIT.ccc.1.1.1.1.0",
        "_INBOX_ccc.x",
    ],
)
def test_notify_cannot_publish_what_belongs_to_another(nats: SoloNats, subject: str) -> None:
    async def publish(connection: Client, refused: list[str]) -> None:
        await connection.publish(subject, b"{}")
        await connection.flush(timeout=2)
        # The refusal reaches the callback in a task of its own, some turns of the loop after the answer.
        async with asyncio.timeout(5):
            while not refused:
                await asyncio.sleep(0.01)

    (said,) = as_service(nats, "notify", publish)
    assert "permissions violation for publish" in said.lower()


def test_who_wakes_the_workers_of_a_service_can_do_nothing_else(nats: SoloNats) -> None:
    heard: list[bytes] = []

    async def hear(word: Msg) -> None:
        heard.append(word.data)

    async def listen(connection: Client, _refused: list[str]) -> None:
        await connection.subscribe("reveil.deposit", cb=hear)
        await connection.flush(timeout=2)
        assert len(await asyncio.to_thread(as_service, nats, "deposit.reveil", speak)) == 4
        await connection.flush(timeout=2)
        async with asyncio.timeout(5):
            while not heard:
                await asyncio.sleep(0.01)

    async def speak(connection: Client, refused: list[str]) -> None:
        await connection.publish("reveil.deposit", b"demandes")
        for subject in ("deposit.demande.deposee", "reveil.ccc", "$JS.API.STREAM.INFO.DEPOSIT"):
            await connection.publish(subject, b"{}")
        await connection.subscribe("reveil.deposit")
        await connection.flush(timeout=2)
        async with asyncio.timeout(5):
            while len(refused) < 4:
                await asyncio.sleep(0.01)

    assert as_service(nats, "deposit", listen) == []
    assert heard == [b"demandes"]


@pytest.mark.parametrize("service", ["deposit", "ccc", "pan", "substitution"])
def test_nobody_but_notify_reads_or_moves_the_contacts_of_others(nats: SoloNats, service: str) -> None:
    others = [each for each in ("deposit", "ccc", "pan", "substitution") if each != service]
    tried = [
        "$JS.API.STREAM.MSG.GET.CONTACT",
        "$JS.API.DIRECT.GET.CONTACT",
        "$JS.API.DIRECT.GET.CONTACT.contact.deposit.usager-1",
        "$JS.API.STREAM.PURGE.CONTACT",
        "$JS.API.STREAM.UPDATE.CONTACT",
        f"$JS.API.CONSUMER.CREATE.CONTACT.{service}",
        f"$JS.API.CONSUMER.CREATE.CONTACT.{service}.contact.>",
        f"$JS.API.CONSUMER.DURABLE.CREATE.CONTACT.{service}",
        "contact.usager-1",
        *(f"contact.{other}.usager-1" for other in others),
    ]

    async def publish(connection: Client, refused: list[str]) -> None:
        for subject in tried:
            await connection.publish(subject, b"{}")
        await connection.flush(timeout=2)
        async with asyncio.timeout(5):
            while len(refused) < len(tried):
                await asyncio.sleep(0.01)

    assert len(as_service(nats, service, publish)) == len(tried)


def test_a_service_cannot_listen_to_another_ones_replies_or_subjects(nats: SoloNats) -> None:
    async def listen(connection: Client, _refused: list[str]) -> None:
        for subject in ("_INBOX_ccc.>", "deposit.>", ">"):
            await connection.subscribe(subject)
            await connection.flush(timeout=2)

    refused = as_service(nats, "notify", listen)
    assert len(refused) == 3
    assert all("permissions violation for subscription" in said.lower() for said in refused)
