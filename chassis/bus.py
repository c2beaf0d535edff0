"""JetStream: streams, durable pull consumers, acknowledged publishing, and `rejets` for what cannot be handled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from typing import Any

import nats
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError

from chassis import logs, telemetry, tls
from chassis.inbox import ACK, NAK, TERM, Handlers, Inbox, Received, stream_of
from chassis.outbox import CONTACT
from chassis.settings import Settings

CONTACT_STREAM = "CONTACT"
PUBLISH_SECONDS, FETCH_SECONDS, FLUSH_SECONDS, ACK_WAIT_SECONDS = 3.0, 1.0, 3, 30
BATCH, WINDOW = 32, 64
# Under load a stream is asked at this interval, so that each batch holds more. A fact that comes alone never waits.
GATHER_SECONDS = 0.05
DAYS_KEPT = 30

Blocking = Callable[..., Awaitable[Any]]
# Outbox entry -> headers.
Beside = Callable[[Mapping[str, Any]], Mapping[str, str]]


async def connect(settings: Settings) -> Nats:
    """A connection that never gives up.

    Its inbox has the service's own prefix, so that no other service reads its replies.
    """
    return await nats.connect(
        settings.nats_url,
        name=settings.service,
        tls=tls.context(settings.tls_dir) if settings.tls_dir is not None else None,
        inbox_prefix=f"_INBOX_{settings.service}".encode(),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.5,
        ping_interval=5,
        connect_timeout=3,
        allow_reconnect=True,
        error_cb=_on_error,
        disconnected_cb=_on_disconnected,
        reconnected_cb=_on_connected,
    )


async def _on_error(error: Exception) -> None:
    logs.get().warning("bus.error", error=type(error).__name__)


async def _on_disconnected() -> None:
    telemetry.broker_up.set(0)
    logs.get().warning("bus.disconnected")


async def _on_connected() -> None:
    telemetry.broker_up.set(1)
    logs.get().info("bus.connected")


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
    """Fetches, handles and acknowledges until `stop`.

    Fetches are short, because a pull does not survive a reconnection.
    """
    subscription = await js.pull_subscribe_bind(durable=durable, stream=stream)
    loop, begun = asyncio.get_running_loop(), 0.0
    while not stop.is_set():
        await asyncio.sleep(max(0.0, begun + GATHER_SECONDS - loop.time()))
        try:
            messages = await subscription.fetch(BATCH, timeout=FETCH_SECONDS)
        except TimeoutError:
            continue
        except (NatsError, ConnectionError) as error:
            logs.get().warning("bus.fetch_failed", stream=stream, error=type(error).__name__)
            await asyncio.sleep(0.5)
            continue
        begun = loop.time()
        if not await _handle(messages, inbox, blocking):
            await asyncio.sleep(1)
    if messages := await _delivered_since(js, subscription):
        await _handle(messages, inbox, blocking)


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
