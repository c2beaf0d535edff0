"""What a consumer does with a fact, whatever brought it: effect, then receipt; `rejets` for what cannot be handled.

Knows nothing of NATS: the reconciler hands facts over too, and no process but the worker loads the broker's client.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from google.protobuf.message import DecodeError, Message
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, WaitQueueTimeoutError

from chassis import clock, event_log, logs, telemetry
from chassis.mongo import insert_once
from chassis.settings import SERVICES

MAX_DELIVER = 8
CONTENU, CONTACT = "sejour-contenu", "sejour-contact"
CONTACTS = "contact.>"


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
    # Of a message to a person, sealed, where they came with the fact: its words, and her contact that the same act gave
    # (`chassis/messages.py`).
    contenu: str = ""
    contact: str = ""
    # Delivered before: whoever took it then may have died half-way.
    again: bool = False


@dataclass(frozen=True)
class Together:
    """An action on all that a batch holds of its subjects; when it returns, each of them took effect."""

    act: Callable[[Sequence[tuple[Any, Meta]]], object]

    @property
    def __name__(self) -> str:
        """The name of the action, as pages and tables give it."""
        return str(getattr(self.act, "__name__", "together"))

    def __call__(self, event: Any, meta: Meta) -> None:
        """The same for a fact that comes alone."""
        self.act([(event, meta)])


# Subject -> (message class, action(message, meta)). The same dict is the list of subjects of the durables.
Handlers = Mapping[str, tuple[type[Message], Callable[[Any, Meta], object]]]


def stream_of(subject: str) -> str:
    """The stream that keeps this subject: the publishing service's, or CONTACT."""
    return subject.partition(".")[0].upper()


def pattern_of(subject: str) -> str:
    """The subject as handlers and metrics name it, where the contacts of all people are one subject."""
    return CONTACTS if subject.startswith("contact.") else subject


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
            contenu=self.headers.get(CONTENU, ""),
            contact=self.headers.get(CONTACT, ""),
            again=self.deliveries > 1,
        )


ACK, NAK, TERM = "ack", "nak", "term"


@dataclass(frozen=True)
class _Fact:
    action: Callable[[Any, Meta], object]
    event: Any
    meta: Meta


def _log(received: Received, meta: Meta) -> Any:
    return logs.get().bind(event_id=meta.event_id, subject=received.subject, aggregate=meta.aggregate)


def _done(received: Received, meta: Meta) -> str:
    lag = max(0.0, (clock.now() - meta.time).total_seconds())
    telemetry.event_lag_seconds.labels(pattern_of(received.subject)).observe(lag)
    telemetry.consumed.labels(pattern_of(received.subject), "done").inc()
    _log(received, meta).info("bus.handled", lag_ms=round(lag * 1000))
    return ACK


class Inbox:
    """Handles received facts: effect, then receipt; what cannot be read or handled goes to `rejets`.

    Raises ConnectionFailure or WaitQueueTimeoutError when the store is down: the batch is then to be given again.
    """

    def __init__(self, db: Database[dict[str, Any]], handlers: Handlers) -> None:
        self._db, self._handlers = db, handlers

    def handle_batch(self, batch: list[Received]) -> list[str]:
        """One outcome per message. Receipts are written once for the batch, after the effects."""
        outcomes: dict[int, str] = {}
        together: dict[Together, list[int]] = {}
        read = [self._read(received) for received in batch]
        for rank, (received, fact) in enumerate(zip(batch, read, strict=True)):
            if fact is None:
                outcomes[rank] = TERM
            elif isinstance(fact.action, Together):
                together.setdefault(fact.action, []).append(rank)
            else:
                outcomes[rank] = self._handle(received, fact)
        for action, ranks in together.items():
            facts = [(batch[rank], fact) for rank in ranks if (fact := read[rank]) is not None]
            outcomes |= dict(zip(ranks, self._handle_together(action, facts), strict=True))
        handled = [received for rank, received in enumerate(batch) if outcomes[rank] == ACK]
        # Of contacts no log is kept, and nobody asks which came.
        logged = [r.headers["Nats-Msg-Id"] for r in handled if pattern_of(r.subject) != CONTACTS]
        event_log.write_receipts(self._db, logged)
        return [outcomes[rank] for rank in range(len(batch))]

    def _read(self, received: Received) -> _Fact | None:
        """The fact, and what is done with it; None for what nobody can read, which is set aside."""
        handler = self._handlers.get(pattern_of(received.subject))
        try:
            if handler is None:
                raise KeyError(received.subject)
            return _Fact(handler[1], handler[0].FromString(received.payload), received.meta)
        except (KeyError, ValueError, DecodeError) as error:
            self._reject(received, error)
            return None

    def _handle_together(self, action: Together, facts: list[tuple[Received, _Fact]]) -> list[str]:
        """Handles them in one go; each alone when that fails, so that one does not hold back its neighbours."""
        if len(facts) > 1:
            try:
                with telemetry.span(f"consume {facts[0][0].subject}", facts[0][0].headers):
                    action.act([(fact.event, fact.meta) for _, fact in facts])
                return [_done(received, fact.meta) for received, fact in facts]
            except (ConnectionFailure, WaitQueueTimeoutError):
                raise
            except Exception as error:
                logs.get().warning("bus.apart", error=type(error).__name__, facts=len(facts))
        return [self._handle(received, fact) for received, fact in facts]

    def _handle(self, received: Received, fact: _Fact) -> str:
        with telemetry.span(f"consume {received.subject}", received.headers):
            try:
                fact.action(fact.event, fact.meta)
            except (ConnectionFailure, WaitQueueTimeoutError):
                # The store is down for all of them: the whole batch comes again, and none is to blame.
                raise
            except Exception as error:
                # Whatever a handler meets, its neighbours go on: it is tried again later, then set aside for a person.
                last = received.deliveries >= MAX_DELIVER
                log = _log(received, fact.meta)
                log.error("bus.failed", error=type(error).__name__, deliveries=received.deliveries, exc_info=True)
                telemetry.consumed.labels(pattern_of(received.subject), "failed").inc()
                if last:
                    self._reject(received, error)
                return TERM if last else NAK
        return _done(received, fact.meta)

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
        telemetry.rejected.labels(pattern_of(received.subject)).inc()
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


def sources(handlers: Handlers) -> dict[str, list[str]]:
    """The services that this one listens to, each with its subjects, for the reconciler (contacts have no log)."""
    found: dict[str, list[str]] = {}
    for subject in handlers:
        service = subject.partition(".")[0]
        if service in SERVICES:
            found.setdefault(service, []).append(subject)
    return found
