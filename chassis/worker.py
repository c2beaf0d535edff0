"""The one asyncio process of a service: relay, consumers, due work, commands, reconciler, and what the service adds.

SIGTERM: readiness goes false, fetching stops, what is in hand is finished and acknowledged, the connection is drained.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from pymongo.database import Database
from pymongo.errors import PyMongoError

from chassis import bus, clock, commands, due, logs, messages, ops, reconciler, relay, telemetry, wake, words
from chassis.inbox import Inbox, stream_of
from chassis.lead import LOOK_SECONDS, Lead, Queue, look
from chassis.rpc import Client
from chassis.service import Service, Task
from chassis.settings import Settings

RECONCILE_SECONDS, BROKER_SECONDS, MEASURE_SECONDS = 60.0, 30.0, 60.0
# How often a day that a simulation moves is read; the calendar moves at a look.
DAY_SECONDS = 0.5
# Pause before each pass, so that it takes all that was written together.
GATHER_SECONDS = 0.1
# One per stream consumed, and one per kind of work, so that none waits for another's thread.
THREADS = 16
FINISH_SECONDS, DRAIN_SECONDS, LAG_SECONDS = 25.0, 3, 2.0
Store = Database[dict[str, Any]]


def run(service: Service, settings: Settings, db: Store, dress: Callable[[ops.Ops], None] = lambda board: None) -> None:
    """Runs until SIGTERM or SIGINT; returns once everything in hand is finished.

    `dress` adds to the operations port what else runs in this process.
    """
    asyncio.run(_Worker(service, settings, db).run(dress))


class _Worker:
    def __init__(self, service: Service, settings: Settings, db: Store) -> None:
        self._service, self._settings, self._db = service, settings, db
        self._client = Client(settings)
        self._pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="worker")
        self._connection: bus.Connection | None = None
        self._js: JetStreamContext | None = None
        self._calls = wake.Calls()

    async def run(self, dress: Callable[[ops.Ops], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop, self._leading, self._gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(name, self._stop.set)
        checks: ops.Checks = {"mongo": ops.mongo_answers(self._settings.service)}
        board = ops.Ops(
            self._settings.host, self._settings.ops_port, checks, {"/quiet": self._quiet, "/broker": self._broker}
        )
        board.tells["broker"] = self._broker_answers
        dress(board)
        # Two workers alive never share a port of one host.
        self._lead = Lead(self._db, f"{socket.gethostname()}:{board.port}")
        wake.listen(self._hear)
        tasks = [asyncio.create_task(work) for work in self._works()]
        # Only now do the service's own listeners, such as a mailbox, answer.
        board.start()
        logs.get().info("worker.started")
        await self._stop.wait()
        board.draining = True
        await asyncio.wait(tasks, timeout=FINISH_SECONDS)
        for task in tasks:
            task.cancel()
        wake.stop_listening(self._hear)
        await self._guarded("lead", partial(self._blocking, self._lead.release))
        if self._connection is not None:
            await self._close(self._connection)
        self._client.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        board.stop()
        logs.get().info("worker.stopped")

    def _hear(self, names: frozenset[str]) -> None:
        self._loop.call_soon_threadsafe(self._heard, names)

    def _heard(self, names: frozenset[str]) -> None:
        """What this process writes (effects, due work, answers) is looked at at once, here or where it is sent from."""
        self._calls.hear(names)
        if not self._leading.is_set():
            self._tell(names)

    def _tell(self, names: frozenset[str]) -> None:
        """Tells the other workers of the service."""
        if self._connection is not None and self._connection.is_connected:
            say = partial(self._connection.publish, words.subject(self._service.name), words.payload(names))
            self._loop.create_task(self._guarded("words", say))

    async def _close(self, connection: bus.Connection) -> None:
        """Acknowledgements still in the buffer leave before the connection ends; a dead broker is not waited for."""
        try:
            if connection.is_connected:
                await connection.flush(timeout=DRAIN_SECONDS)
        except (NatsError, OSError, TimeoutError) as error:
            logs.get().info("bus.unflushed", error=type(error).__name__)
        await connection.close()

    def _works(self) -> list[Coroutine[Any, Any, None]]:
        service, client, db = self._service, self._client, self._db
        run_commands = partial(commands.run_pending, db, client, service.replies)
        tasks = [
            Task(0, partial(due.run_due, service.due), queues=due.queues(service.due)),
            Task(0, run_commands, queues=commands.QUEUES),
            Task(RECONCILE_SECONDS, partial(reconciler.reconcile, db, client, service.handlers, memories={})),
            Task(MEASURE_SECONDS, self._measure, paced=True),
            *service.tasks(self._settings, client),
        ]
        sender = relay.Relay(db, service.aggregates, self._publish, self._blocking)
        self._sends = sender.collections
        queues = (*sender.queues(), *(queue for task in tasks for queue in task.queues))
        works = [self._broker_work(), self._relay_work(sender), self._look_work(queues)]
        return [*works, *(self._every(task) for task in tasks)]

    async def _look_work(self, queues: tuple[Queue, ...]) -> None:
        """Leads if nobody does; who leads looks for what nobody was told of, and when the legal day changes."""
        while not self._stop.is_set():
            day = clock.today()
            if await self._guarded("lead", partial(self._blocking, self._lead.hold)):
                self._leading.set()
                if found := await self._guarded("look", partial(self._blocking, look, self._db, queues)):
                    self._calls.hear(found)
                    self._tell(found)
            else:
                self._leading.clear()
            over = self._loop.time() + LOOK_SECONDS
            while not self._stop.is_set() and self._loop.time() < over and clock.today() == day:
                await self._pause(DAY_SECONDS if self._settings.clock_file else LOOK_SECONDS)

    async def _broker_work(self) -> None:
        """Connects when the broker is there (it may come later than we do), then consumes."""
        connection = await self._connected()
        if connection is None:
            return
        telemetry.broker_up.set(1)
        self._connection, self._js = connection, connection.jetstream()
        js = self._js
        await connection.subscribe(words.subject(self._service.name), cb=self._on_word)
        inbox = Inbox(self._db, self._service.handlers)
        streams = sorted({stream_of(subject) for subject in self._service.handlers})
        consumers = [asyncio.create_task(self._consume(js, stream, inbox)) for stream in streams]
        while not self._stop.is_set():
            # What waited for the broker leaves now.
            self._calls.hear(self._sends)
            self._gone.clear()
            await self._look_after(js)
            await self._pause(BROKER_SECONDS, connection.back, self._gone)
        if consumers:
            await asyncio.wait(consumers, timeout=FINISH_SECONDS)

    async def _on_word(self, word: Msg) -> None:
        self._calls.hear(words.read(word.data))

    async def _connected(self) -> bus.Connection | None:
        """The connection, or None when SIGTERM comes first: connecting never gives up by itself."""
        stopping = asyncio.ensure_future(self._stop.wait())
        while not self._stop.is_set():
            connecting = asyncio.ensure_future(bus.connect(self._settings))
            await asyncio.wait({connecting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not connecting.done():
                connecting.cancel()
                return None
            try:
                return connecting.result()
            except (NatsError, OSError, TimeoutError) as error:
                logs.get().warning("bus.unreachable", error=type(error).__name__)
                await self._pause(1)
        return None

    async def _look_after(self, js: JetStreamContext) -> None:
        """Measures the lag; a broker that came back with an empty store gets its streams and durables again."""
        try:
            await bus.check(js, self._settings, self._service.handlers)
        except NotFoundError:
            logs.get().warning("bus.store_was_emptied")
            await self._guarded("bus.prepare", partial(bus.prepare, js, self._settings, self._service.handlers))
        except (NatsError, OSError, TimeoutError) as error:
            logs.get().info("bus.silent", error=type(error).__name__)

    async def _consume(self, js: JetStreamContext, stream: str, inbox: Inbox) -> None:
        while not self._stop.is_set():
            try:
                await bus.consume(js, stream, self._settings.service, inbox, self._blocking, self._stop)
            except (NatsError, OSError, TimeoutError) as error:
                logs.get().warning("bus.consumer_restarted", stream=stream, error=type(error).__name__)
                self._gone.set()
                await self._pause(1)

    async def _publish(self, entries: list[dict[str, Any]]) -> set[str]:
        if self._js is None or not self._broker_answers():
            return set()
        beside = partial(messages.sealed_words, self._settings)
        return await bus.Publisher(self._js, self._service.name, beside)(entries)

    async def _relay_work(self, sender: relay.Relay) -> None:
        call = self._calls.of(sender.collections)
        while not self._stop.is_set():
            if self._leading.is_set() and (call.event.is_set() or sender.more):
                await self._pause(GATHER_SECONDS)
                await self._guarded("relay", partial(sender.run_once, call.take()))
            else:
                # A word to one who does not lead is for another; who begins to lead looks.
                call.take()
                await self._pause(None, call.event)
        if self._leading.is_set():
            await self._guarded("relay", sender.run_once)

    async def _every(self, task: Task) -> None:
        """Runs blocking work when something waits for it, or at its intervals while this worker leads."""
        call = self._calls.of((*task.calls, *(queue.name for queue in task.queues)))
        while not self._stop.is_set():
            if not call.event.is_set() and (task.queues or not self._leading.is_set()):
                await self._pause(None, call.event, *(() if task.queues else (self._leading,)))
                continue
            call.take()
            worked = await self._guarded(task.name, partial(self._blocking, task.work))
            if task.queues and worked:
                call.again()
            if task.paced or not (worked or task.queues):
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

    async def _pause(self, seconds: float | None, *ends: asyncio.Event) -> None:
        """Waits until one of these events, or the end of this worker; `seconds` at most."""
        waits = [asyncio.ensure_future(event.wait()) for event in (self._stop, *ends)]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _measure(self) -> None:
        """Measures what waits and what fails, for `/metrics`: in production nobody reads `/quiet`.

        The worker that leads does it for all: the others say nothing of it.
        """
        relay.depth(self._service.aggregates)
        telemetry.due_depth.set(due.count_due(self._service.due))
        telemetry.due_failing.set(due.count_failing(self._service.due))

    def _quiet(self) -> dict[str, Any]:
        """Counts what waits, in the order in which work moves: what leaves one place meanwhile is seen in the next."""
        unsent = relay.depth(self._service.aggregates)
        pending = commands.count_pending(self._db)
        lag = self._lag()
        extra = self._service.backlog()
        todo = due.count_due(self._service.due)
        # What a consumer, a command or a due action wrote meanwhile is in an outbox again.
        unsent = max(unsent, relay.depth(self._service.aggregates))
        return {
            "quiet": unsent + todo + pending + extra == 0 and lag == 0,
            "outbox": unsent,
            "due": todo,
            "commandes": pending,
            "backlog": extra,
            "lag": lag,
            "day": clock.today().isoformat(),
        }

    def _lag(self) -> int:
        """The facts not yet delivered or acknowledged, asked now; -1 (not quiet) when the broker does not answer."""
        if self._js is None or not self._broker_answers():
            return -1
        asked = asyncio.run_coroutine_threadsafe(
            bus.lag(self._js, self._service.handlers, self._settings.service), self._loop
        )
        try:
            return asked.result(timeout=LAG_SECONDS)
        except (NatsError, OSError, TimeoutError):
            return -1

    def _broker(self) -> dict[str, Any]:
        return {"connected": self._broker_answers()}

    def _broker_answers(self) -> bool:
        return self._js is not None and self._js._nc.is_connected
