"""JetStream: streams, durable pull consumers, acknowledged publishing, and `rejets` for what cannot be handled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import nats
from google.protobuf.message import DecodeError, Message
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, WaitQueueTimeoutError

from chassis import clock, faits, logs, telemetry
from chassis.mongo import insert_once
from chassis.outbox import CONTACT
from chassis.settings import SERVICES, Settings

CONTACT_STREAM = "CONTACT"
PUBLISH_SECONDS, FETCH_SECONDS, ACK_WAIT_SECONDS = 3.0, 1.0, 30
BATCH, WINDOW, MAX_DELIVER = 100, 64, 8
DAYS_KEPT = 30


@dataclass(frozen=True)
class Meta:
    """What a handler knows of a fact beside its message. `day` is the legal day of the act."""

    event_id: str
    subject: str
    aggregate: str
    version: int
    parcours: str
    day: date
    time: datetime


# Subject -> (message class, action(message, meta)). The same dict is the list of subjects of the durables.
Handlers = Mapping[str, tuple[type[Message], Callable[[Any, Meta], object]]]
Blocking = Callable[..., Awaitable[Any]]


def stream_of(subject: str) -> str:
    """The stream that keeps this subject: the publishing service's, or CONTACT."""
    return subject.partition(".")[0].upper()


async def connect(settings: Settings) -> Nats:
    """A connection that never gives up; its inbox is the service's own, so that nobody reads its replies."""
    return await nats.connect(
        settings.nats_url,
        name=settings.service,
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
    for stream in sorted({settings.service.upper(), CONTACT_STREAM, *durables}):
        await _ensure_stream(js, stream, settings)
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


async def _ensure_stream(js: JetStreamContext, stream: str, settings: Settings) -> None:
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
        if stream in (settings.service.upper(), CONTACT_STREAM):
            await js.update_stream(config)


class Publisher:
    """Publishes outbox entries; an entry counts as sent only when its own acknowledgement came in time."""

    def __init__(self, js: JetStreamContext) -> None:
        self._js = js

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
        }
        try:
            await self._js.publish(entry["subject"], entry["payload"], timeout=PUBLISH_SECONDS, headers=headers)
        except (NatsError, TimeoutError, ConnectionError) as error:
            logs.get().warning("bus.unpublished", subject=entry["subject"], error=type(error).__name__)
            return False
        if entry["kind"] != CONTACT:
            telemetry.published.labels(entry["subject"]).inc()
        return True


@dataclass(frozen=True)
class Received:
    """A message as the consumer got it, before it is decoded."""

    subject: str
    payload: bytes
    headers: Mapping[str, str]
    deliveries: int

    @property
    def meta(self) -> Meta:
        """Raises KeyError or ValueError when a header is missing or wrong."""
        return Meta(
            event_id=self.headers["Nats-Msg-Id"],
            subject=self.subject,
            aggregate=self.headers["sejour-aggregate"],
            version=int(self.headers["sejour-version"]),
            parcours=self.headers["sejour-parcours"],
            day=date.fromisoformat(self.headers["sejour-day"]),
            time=datetime.fromisoformat(self.headers["sejour-time"]),
        )


ACK, NAK, TERM = "ack", "nak", "term"


class Inbox:
    """Handles received facts: effect, then receipt; what cannot be read or handled goes to `rejets`.

    Raises ConnectionFailure or WaitQueueTimeoutError when the store is down: the batch is then to be given again.
    """

    def __init__(self, db: Database[dict[str, Any]], handlers: Handlers) -> None:
        self._db, self._handlers = db, handlers

    def handle_batch(self, batch: list[Received]) -> list[str]:
        """One outcome per message. Receipts are written once for the batch, after the effects."""
        outcomes = [self._handle(received) for received in batch]
        done = [r.headers["Nats-Msg-Id"] for r, outcome in zip(batch, outcomes, strict=True) if outcome == ACK]
        faits.write_receipts(self._db, done)
        return outcomes

    def _handle(self, received: Received) -> str:
        handler = self._handlers.get(received.subject)
        try:
            if handler is None:
                raise KeyError(received.subject)
            meta = received.meta
            event = handler[0].FromString(received.payload)
        except (KeyError, ValueError, DecodeError) as error:
            self._reject(received, error)
            return TERM
        log = logs.get().bind(event_id=meta.event_id, subject=received.subject, aggregate=meta.aggregate)
        with telemetry.span(f"consume {received.subject}", received.headers):
            try:
                handler[1](event, meta)
            except (ConnectionFailure, WaitQueueTimeoutError):
                # The store is down for all of them: the whole batch comes again, and none is to blame.
                raise
            except Exception as error:
                # Whatever a handler meets, its neighbours go on: it is tried again later, then set aside for a person.
                last = received.deliveries >= MAX_DELIVER
                log.error("bus.failed", error=type(error).__name__, deliveries=received.deliveries, exc_info=True)
                telemetry.consumed.labels(received.subject, "failed").inc()
                if last:
                    self._reject(received, error)
                return TERM if last else NAK
        lag = max(0.0, (clock.now() - meta.time).total_seconds())
        telemetry.event_lag_seconds.labels(received.subject).observe(lag)
        telemetry.consumed.labels(received.subject, "done").inc()
        log.info("bus.handled", lag_ms=round(lag * 1000))
        return ACK

    def _reject(self, received: Received, error: Exception) -> None:
        event_id = received.headers.get("Nats-Msg-Id") or clock.new_id()
        insert_once(
            self._db["rejets"],
            {
                "_id": event_id,
                "subject": received.subject,
                "payload": received.payload,
                "headers": dict(received.headers),
                "error": f"{type(error).__name__}: {error}"[:300],
                "time": clock.now(),
                "replayed_time": None,
            },
        )
        telemetry.rejected.labels(received.subject).inc()
        logs.get().error("bus.rejected", subject=received.subject, event_id=event_id, error=type(error).__name__)

    def rejets(self, limit: int = 50) -> list[dict[str, Any]]:
        """What was set aside and not yet replayed, oldest first."""
        return list(self._db["rejets"].find({"replayed_time": None}).sort("time", 1).limit(limit))

    def replay(self, event_id: str) -> bool:
        """Handles a rejected fact again; True when it took effect."""
        stored = self._db["rejets"].find_one({"_id": event_id})
        if stored is None:
            return False
        received = Received(stored["subject"], stored["payload"], stored["headers"], 1)
        if self.handle_batch([received]) != [ACK]:
            return False
        self._db["rejets"].update_one({"_id": event_id}, {"$set": {"replayed_time": clock.now()}})
        return True


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """Rejets are listed by age."""
    db["rejets"].create_index([("replayed_time", 1), ("time", 1)])


async def consume(
    js: JetStreamContext, stream: str, durable: str, inbox: Inbox, blocking: Blocking, stop: asyncio.Event
) -> None:
    """Fetches, handles and acknowledges until `stop`; fetches are short: a pull does not survive a reconnection."""
    subscription = await js.pull_subscribe_bind(durable=durable, stream=stream)
    while not stop.is_set():
        try:
            messages = await subscription.fetch(BATCH, timeout=FETCH_SECONDS)
        except TimeoutError:
            continue
        except (NatsError, ConnectionError) as error:
            logs.get().warning("bus.fetch_failed", stream=stream, error=type(error).__name__)
            await asyncio.sleep(0.5)
            continue
        received = [_received(message) for message in messages]
        try:
            outcomes = await blocking(inbox.handle_batch, received)
        except Exception as error:
            # The store is down: nothing is acknowledged, all comes again.
            logs.get().error("bus.batch_failed", error=type(error).__name__)
            outcomes = [NAK] * len(messages)
            await asyncio.sleep(1)
        await asyncio.gather(*(_answer(m, o, r) for m, o, r in zip(messages, outcomes, received, strict=True)))


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
    total = 0
    for stream in sorted({stream_of(subject) for subject in handlers}):
        info = await js.consumer_info(stream, durable, timeout=2)
        waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
        telemetry.consumer_lag.labels(stream).set(waiting)
        total += waiting
    return total


def sources(handlers: Handlers) -> dict[str, list[str]]:
    """Which services this one listens to, with the subjects, for the reconciler (contacts have no log)."""
    found: dict[str, list[str]] = {}
    for subject in handlers:
        service = subject.partition(".")[0]
        if service in SERVICES:
            found.setdefault(service, []).append(subject)
    return found
