"""The one asyncio process of a service: relay, consumers, due work, stored commands, reconciler, and what the service adds.

SIGTERM: readiness goes false, fetching stops, what is in hand is finished and acknowledged, the connection is drained.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from pymongo.errors import PyMongoError

from chassis import bus, clock, commandes, due, logs, mongo, ops, reconciler, relay, telemetry
from chassis.rpc import Client
from chassis.service import Service, Task
from chassis.settings import Settings

SWEEP_SECONDS, DUE_SECONDS, COMMANDS_SECONDS, RECONCILE_SECONDS = 0.5, 0.5, 0.5, 60.0
THREADS = 10


def run(service: Service, settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT; returns once everything in hand is finished."""
    asyncio.run(_Worker(service, settings).run())


class _Worker:
    def __init__(self, service: Service, settings: Settings) -> None:
        self._service, self._settings = service, settings
        self._db = mongo.connect(settings)
        self._client = Client(settings)
        self._pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="worker")
        self._js: JetStreamContext | None = None
        self._lag = 0
        self._busy = 0

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop, self._wake = asyncio.Event(), asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(name, self._stop.set)
        checks: ops.Checks = {"mongo": ops.mongo_answers(self._settings.service)}
        board = ops.Ops(self._settings.host, self._settings.ops_port, checks, {"/quiet": self._quiet, "/broker": self._broker})
        board.start()
        threading.Thread(target=self._watch, name="wake", daemon=True).start()
        tasks = [asyncio.create_task(work) for work in self._works()]
        logs.get().info("worker.started")
        await self._stop.wait()
        board.draining = True
        await asyncio.wait(tasks, timeout=25)
        for task in tasks:
            task.cancel()
        if self._js is not None:
            await self._js._nc.close()
        self._client.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        board.stop()
        logs.get().info("worker.stopped")

    def _works(self) -> list[Awaitable[None]]:
        service, client, db = self._service, self._client, self._db
        works: list[Awaitable[None]] = [self._broker_work()]
        works.append(self._relay_work())
        works.append(self._every(Task(DUE_SECONDS, partial(due.run_due, service.due))))
        works.append(self._every(Task(COMMANDS_SECONDS, partial(commandes.run_pending, db, client, service.replies))))
        works.append(self._every(Task(RECONCILE_SECONDS, partial(reconciler.reconcile, db, client, service.handlers))))
        works.extend(self._every(task) for task in service.tasks(self._settings, client))
        return works

    async def _broker_work(self) -> None:
        """Connects when the broker is there (it may come later than we do), then consumes."""
        while not self._stop.is_set():
            try:
                connection = await bus.connect(self._settings)
                break
            except (NatsError, OSError, TimeoutError) as error:
                logs.get().warning("bus.unreachable", error=type(error).__name__)
                await self._pause(1)
        else:
            return
        telemetry.broker_up.set(1)
        self._js = connection.jetstream()
        inbox = bus.Inbox(self._db, self._service.handlers)
        streams = sorted({bus.stream_of(subject) for subject in self._service.handlers})
        consumers = [
            asyncio.create_task(self._consume(self._js, stream, inbox))
            for stream in streams
        ]
        while not self._stop.is_set():
            try:
                self._lag = await bus.lag(self._js, self._service.handlers, self._settings.service)
            except (NatsError, TimeoutError, OSError):
                self._lag = -1
            await self._pause(0.5)
        if consumers:
            await asyncio.wait(consumers, timeout=20)

    async def _consume(self, js: JetStreamContext, stream: str, inbox: bus.Inbox) -> None:
        while not self._stop.is_set():
            try:
                await bus.consume(js, stream, self._settings.service, inbox, self._blocking, self._stop)
            except (NatsError, OSError, TimeoutError) as error:
                logs.get().warning("bus.consumer_restarted", stream=stream, error=type(error).__name__)
                await self._pause(1)

    async def _relay_work(self) -> None:
        async def publish(entries: list[dict[str, Any]]) -> set[str]:
            if self._js is None or not self._js._nc.is_connected:
                return set()
            return await bus.Publisher(self._js)(entries)

        sender = relay.Relay(self._db, self._service.aggregates, publish, self._blocking)
        while not self._stop.is_set():
            sent = await self._guarded("relay", sender.run_once)
            if not sent:
                self._wake.clear()
                await self._pause(SWEEP_SECONDS, self._wake)
        await self._guarded("relay", sender.run_once)

    async def _every(self, task: Task) -> None:
        """Runs blocking work again and again: at once after some was done, after its pause when there was none."""
        while not self._stop.is_set():
            self._busy += 1
            try:
                worked = await self._guarded(task.name, partial(self._blocking, task.work))
            finally:
                self._busy -= 1
            if not worked:
                await self._pause(task.seconds)

    async def _guarded(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """A failure of one kind of work is logged and tried again; it never ends the worker."""
        try:
            return await work()
        except PyMongoError as error:
            logs.get().error("worker.store_unavailable", work=name, error=type(error).__name__)
        except Exception as error:
            # What one pass met must not stop the passes after it.
            logs.get().error("worker.failed", work=name, error=type(error).__name__, exc_info=True)
        await self._pause(1)
        return 0

    async def _blocking(self, function: Callable[..., Any], *args: Any) -> Any:
        return await self._loop.run_in_executor(self._pool, partial(function, *args))

    async def _pause(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in (self._stop, wake) if event is not None]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _watch(self) -> None:
        """One change stream wakes the relay; the sweep finds what it misses, so its failures only cost half a second."""
        touched = {
            "$or": [
                {"operationType": "insert", "fullDocument.fact_time": {"$type": "date"}},
                {"updateDescription.updatedFields.fact_time": {"$exists": True}},
            ]
        }
        names = [mongo.collection_of(document).name for document in self._service.aggregates]
        pipeline = [{"$match": {"ns.coll": {"$in": names}, **touched}}, {"$project": {"_id": 1}}]
        while not self._stop.is_set():
            try:
                with self._db.watch(pipeline, max_await_time_ms=1000) as changes:
                    while not self._stop.is_set():
                        if changes.try_next() is not None:
                            self._loop.call_soon_threadsafe(self._wake.set)
            except PyMongoError as error:
                logs.get().info("wake.restarted", error=type(error).__name__)
                threading.Event().wait(1)
            except RuntimeError:
                return

    def _quiet(self) -> dict[str, Any]:
        outbox = relay.depth(self._service.aggregates)
        todo = due.count_due(self._service.due)
        telemetry.due_depth.set(todo)
        pending = commandes.count_pending(self._db)
        extra = self._service.backlog()
        still = outbox + todo + pending + extra + max(self._lag, 0)
        return {
            "quiet": still == 0 and self._lag >= 0,
            "outbox": outbox,
            "due": todo,
            "commandes": pending,
            "backlog": extra,
            "lag": self._lag,
            "day": clock.today().isoformat(),
        }

    def _broker(self) -> dict[str, Any]:
        return {"connected": self._js is not None and self._js._nc.is_connected}
