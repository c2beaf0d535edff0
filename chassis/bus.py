"""JetStream: streams, durable pull consumers, acknowledged publishing, and `rejets` for what cannot be handled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from typing import Any

from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, BadRequestError

from chassis import logs, telemetry, tls
from chassis.inbox import ACK, NAK, TERM, Handlers, Inbox, Received, stream_of
from chassis.outbox import CONTACT
from chassis.settings import Settings

CONTACT_STREAM = "CONTACT"
PUBLISH_SECONDS, PULL_SECONDS, FLUSH_SECONDS, ACK_WAIT_SECONDS = 3.0, 25.0, 3, 30
# How long the last request of a consumer must be quiet before it is given up.
LAST_SECONDS = 0.25
BATCH, WINDOW = 64, 64
# Under load a stream is asked at this interval, so that each batch holds more. A fact that comes alone never waits.
GATHER_SECONDS = 0.1
DAYS_KEPT = 30
# What the broker says at the end of a request: nothing came, or it has been asked for longer than it waits.
_ENDED = ("404", "408")

Blocking = Callable[..., Awaitable[Any]]
# Outbox entry -> headers.
Beside = Callable[[Mapping[str, Any]], Mapping[str, str]]


class Connection(Nats):
    """A connection that says when it is back: pulls do not survive a reconnection."""

    def __init__(self) -> None:
        super().__init__()
        self.back = asyncio.Event()


async def connect(settings: Settings, url: str = "") -> Connection:
    """A connection that never gives up, as the user of the service unless `url` names another.

    Its inbox has the service's own prefix, so that no other service reads its replies.
    """
    connection = Connection()

    async def on_connected() -> None:
        telemetry.broker_up.set(1)
        logs.get().info("bus.connected")
        # Wakes whoever waits now, and is ready for the next time.
        connection.back.set()
        connection.back.clear()

    await connection.connect(
        url or settings.nats_url,
        name=settings.service,
        tls=tls.context(settings.tls_dir) if settings.tls_dir is not None else None,
        inbox_prefix=f"_INBOX_{settings.service}".encode(),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.5,  # type: ignore[arg-type]  # seconds, slept as they are
        ping_interval=20,
        connect_timeout=3,
        allow_reconnect=True,
        error_cb=_on_error,
        disconnected_cb=_on_disconnected,
        reconnected_cb=on_connected,
    )
    return connection


async def _on_error(error: Exception) -> None:
    logs.get().warning("bus.error", error=type(error).__name__)


async def _on_disconnected() -> None:
    telemetry.broker_up.set(0)
    logs.get().warning("bus.disconnected")


async def prepare(js: JetStreamContext, settings: Settings, handlers: Handlers) -> None:
    """Creates the streams this service writes or reads and its durables; rerunnable."""
    durables: dict[str, list[str]] = {}
    for subject in handlers:
        durables.setdefault(stream_of(subject), []).append(subject)
    # The stream of contacts belongs to who listens to it.
    owned = {settings.service.upper(), *({CONTACT_STREAM} & set(durables))}
    for stream in sorted({settings.service.upper(), CONTACT_STREAM, *durables}):
        await _ensure_stream(js, stream, settings, owned=stream in owned)
    for stream, subjects in durables.items():
        await js.add_consumer(
            stream,
            ConsumerConfig(
                durable_name=settings.service,
                filter_subjects=sorted(subjects),
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_WAIT_SECONDS,
                # Without end: the inbox sets aside what it cannot handle, and can do so only while the store answers.
                max_deliver=-1,
                max_ack_pending=2000,
            ),
        )


async def _ensure_stream(js: JetStreamContext, stream: str, settings: Settings, *, owned: bool) -> None:
    config = StreamConfig(
        name=stream,
        subjects=[f"{stream.lower()}.>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        num_replicas=settings.stream_replicas,
        duplicate_window=120,
        max_age=0 if stream == CONTACT_STREAM else DAYS_KEPT * 86400,
        max_msgs_per_subject=1 if stream == CONTACT_STREAM else -1,
    )
    try:
        await js.add_stream(config)
    except BadRequestError:
        # It exists with other limits: bring it to these, unless it is another's to change.
        if owned:
            await js.update_stream(config)


def published_subject(entry: dict[str, Any], service: str) -> str:
    """The subject of an outbox entry on the broker: that of a contact says which service met the person."""
    subject: str = entry["subject"]
    return f"contact.{service}.{subject.removeprefix('contact.')}" if entry["kind"] == CONTACT else subject


class Publisher:
    """Publishes outbox entries; an entry is sent only once its own acknowledgement has come in time.

    The broker lets each service publish contacts under its own name alone. `beside` gives the headers that travel with
    an entry and are kept in no log.
    """

    def __init__(self, js: JetStreamContext, service: str, beside: Beside = lambda entry: {}) -> None:
        self._js, self._service, self._beside = js, service, beside

    async def __call__(self, entries: list[dict[str, Any]]) -> set[str]:
        sent: set[str] = set()
        for start in range(0, len(entries), WINDOW):
            window = entries[start : start + WINDOW]
            outcomes = await asyncio.gather(*(self._publish(entry) for entry in window))
            sent |= {entry["event_id"] for entry, well in zip(window, outcomes, strict=True) if well}
            if not all(outcomes):
                break
        return sent

    async def _publish(self, entry: dict[str, Any]) -> bool:
        headers = {
            "Nats-Msg-Id": entry["event_id"],
            "sejour-type": entry["type"],
            "sejour-aggregate": entry["aggregate"],
            "sejour-version": str(entry["version"]),
            "sejour-parcours": entry["parcours"],
            "sejour-day": entry["day"],
            "sejour-time": entry["time"].astimezone(UTC).isoformat(),
            **entry["trace"],
            **self._beside(entry),
        }
        subject = published_subject(entry, self._service)
        try:
            await self._js.publish(subject, entry["payload"], timeout=PUBLISH_SECONDS, headers=headers)
        except (NatsError, TimeoutError, ConnectionError) as error:
            logs.get().warning("bus.unpublished", subject=subject, error=type(error).__name__)
            return False
        if entry["kind"] != CONTACT:
            telemetry.published.labels(entry["subject"]).inc()
        return True


async def consume(
    js: JetStreamContext, stream: str, durable: str, inbox: Inbox, blocking: Blocking, stop: asyncio.Event
) -> None:
    """Asks for messages, handles and acknowledges them until `stop`. Raises NatsError when there is nobody to ask."""
    subscription = await js.pull_subscribe_bind(durable=durable, stream=stream)
    pull, loop, begun = _Pull(js, subscription), asyncio.get_running_loop(), 0.0
    while not stop.is_set():
        await asyncio.sleep(max(0.0, begun + GATHER_SECONDS - loop.time()))
        messages = await pull.take(stop)
        begun = loop.time()
        if messages and not await _handle(messages, inbox, blocking):
            await asyncio.sleep(1)
    while messages := await pull.rest():
        await _handle(messages, inbox, blocking)
    if messages := await _delivered_since(js, subscription):
        await _handle(messages, inbox, blocking)


class _Pull:
    """A request for messages that stays open at the broker, so that a consumer at rest hardly ever asks.

    It is made again when what it asked for has come, when the broker has ended it, or when it was lost with a
    connection.
    """

    def __init__(self, js: JetStreamContext, subscription: JetStreamContext.PullSubscription) -> None:
        connection = js._nc
        assert isinstance(connection, Connection)
        self._connection, self._subscription = connection, subscription
        self._left, self._until, self._life = 0, 0.0, 0

    async def take(self, stop: asyncio.Event) -> list[Msg]:
        """What has come, as soon as something has; nothing when the request ended before, or at `stop`.

        Raises APIError when the broker has no such stream or durable any more.
        """
        loop, life = asyncio.get_running_loop(), self._connection.stats["reconnects"]
        if not self._left or loop.time() >= self._until or life != self._life:
            wanted = {"batch": BATCH, "expires": int(PULL_SECONDS * 1e9)}
            subscription = self._subscription
            await self._connection.publish(subscription._nms, json.dumps(wanted).encode(), subscription._deliver)
            self._left, self._until, self._life = BATCH, loop.time() + PULL_SECONDS + PUBLISH_SECONDS, life
        return await self._come(self._until - loop.time(), stop, self._connection.back)

    async def rest(self) -> list[Msg]:
        """What still comes of the open request, before nobody listens any more; nothing once it is quiet."""
        return await self._come(LAST_SECONDS) if self._left or self._subscription._sub.pending_msgs else []

    async def _come(self, seconds: float, *ends: asyncio.Event) -> list[Msg]:
        source = self._subscription._sub
        first = asyncio.ensure_future(source.next_msg(seconds))
        waits = [first, *(asyncio.ensure_future(event.wait()) for event in ends)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        try:
            messages = [await first]
        except (asyncio.CancelledError, TimeoutError):
            return []
        while source.pending_msgs and len(messages) < BATCH:
            messages.append(await source.next_msg())
        facts = [message for message in messages if not JetStreamContext.is_status_msg(message)]
        self._left = max(0, self._left - len(facts)) if len(facts) == len(messages) else 0
        said = messages[-1]
        if not facts and JetStreamContext.is_status_msg(said) not in _ENDED:
            raise APIError.from_msg(said)
        return facts


async def _handle(messages: list[Msg], inbox: Inbox, blocking: Blocking) -> bool:
    """Handles a batch and answers each message. False: the store is down, nothing is acknowledged, all comes again."""
    received, well = [_received(message) for message in messages], True
    try:
        outcomes = await blocking(inbox.handle_batch, received)
    except Exception as error:
        logs.get().error("bus.batch_failed", error=type(error).__name__)
        outcomes, well = [NAK] * len(messages), False
    await asyncio.gather(*(_answer(m, o, r) for m, o, r in zip(messages, outcomes, received, strict=True)))
    return well


async def _delivered_since(js: JetStreamContext, subscription: JetStreamContext.PullSubscription) -> list[Msg]:
    """What the broker delivered since the last fetch: a pull that ends here may have been answered there meanwhile.

    Nobody else would get these before `ACK_WAIT_SECONDS`. The round trip after the end of interest brings the last.
    """
    source, messages = subscription._sub, []
    try:
        await js._nc._send_unsubscribe(source._id)
        await js._nc.flush(FLUSH_SECONDS)
        while source.pending_msgs:
            messages.append(await source.next_msg())
    except (NatsError, OSError, TimeoutError) as error:
        logs.get().info("bus.unflushed", error=type(error).__name__)
    return [message for message in messages if not js.is_status_msg(message)]


def _received(message: Msg) -> Received:
    return Received(message.subject, message.data, message.headers or {}, message.metadata.num_delivered or 1)


async def _answer(message: Msg, outcome: str, received: Received) -> None:
    try:
        if outcome == ACK:
            await message.ack()
        elif outcome == TERM:
            await message.term()
        else:
            await message.nak(delay=min(2**received.deliveries, 60))
    except (NatsError, ConnectionError) as error:
        # Not acknowledged is redelivered, and redelivered changes nothing.
        logs.get().warning("bus.unanswered", error=type(error).__name__)


async def check(js: JetStreamContext, settings: Settings, handlers: Handlers) -> None:
    """Measures the lag. Raises NotFoundError when our stream or one of our durables does not exist."""
    await js.stream_info(settings.service.upper())
    await lag(js, handlers, settings.service)


async def lag(js: JetStreamContext, handlers: Handlers, durable: str) -> int:
    """Facts of our durables not yet delivered or not yet acknowledged."""
    streams = sorted({stream_of(subject) for subject in handlers})
    infos = await asyncio.gather(*(js.consumer_info(stream, durable, timeout=2) for stream in streams))
    total = 0
    for stream, info in zip(streams, infos, strict=True):
        waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
        telemetry.consumer_lag.labels(stream).set(waiting)
        total += waiting
    return total
