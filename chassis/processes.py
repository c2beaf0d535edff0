"""The processes that run a service: prepare, web, rpc, worker, and what an operator asks of its history."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chassis import clock, event_log, logs, mongo, ops, telemetry
from chassis.service import Service, prepare_store
from chassis.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

BROKER_SECONDS = 30.0
# A store that is slow is there: a watcher waits longer for it than readiness does.
TRAFFIC_SECONDS = 2.5
PROCESSES = ("prepare", "web", "rpc", "worker", "whole", "rejets", "faits", "agents")
# What runs in a process that is a whole service.
WHOLE = ("web", "rpc", "worker")
_NEEDS = {
    "web": ("WEB_PORT", "OPS_PORT"),
    "rpc": ("RPC_PORT", "OPS_PORT"),
    "worker": ("NATS_URL", "OPS_PORT"),
    "prepare": ("NATS_URL",),
}


def main(service: Service, argv: Sequence[str] | None = None) -> None:
    """`python -m services.<name>` and one of PROCESSES, or a job of its own; 0 after SIGTERM."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    parser.add_argument("process", choices=(*PROCESSES, *service.commands))
    parser.add_argument(
        "rest",
        nargs="*",
        help="rejets: list | replay ID ; faits: AGGREGATE ; words of a job",
    )
    arguments = parser.parse_args(argv)
    process: str = arguments.process
    kinds = WHOLE if process == "whole" else (process,)
    needs = tuple(name for kind in kinds for name in (*_NEEDS.get(kind, ()), *service.needs.get(kind, ())))
    settings = Settings.from_env(service.name, needs=needs)
    logs.configure(service.name, process)
    telemetry.configure(service.name, process)
    clock.use_clock_file(settings.clock_file)
    if process in service.commands:
        sys.exit(service.commands[process](settings, arguments.rest))
    if process == "prepare":
        _prepare(service, settings)
    elif process == "web":
        _web(service, settings)
    elif process == "rpc":
        _rpc(service, settings)
    elif process == "worker":
        from chassis import worker

        worker.run(service, settings, mongo.connect(settings))
    elif process == "whole":
        _whole(service, settings)
    elif process == "rejets":
        _rejets(service, settings, arguments.rest)
    elif process == "agents":
        from chassis import directory_commands

        mongo.connect(settings)
        sys.exit(directory_commands.run(settings, arguments.rest))
    else:
        _faits(service, settings, arguments.rest)


def _prepare(service: Service, settings: Settings) -> None:
    """The store, then streams and durables. Rerunnable."""
    from chassis import bus

    prepare_store(service, settings)

    async def broker() -> None:
        # The connection itself never gives up; a job must say that it failed.
        connection = await asyncio.wait_for(bus.connect(settings), BROKER_SECONDS)
        await bus.prepare(connection.jetstream(), settings, service.handlers)
        await connection.close()

    asyncio.run(broker())
    logs.get().info("prepared")


def _web(service: Service, settings: Settings) -> None:
    """gunicorn. The database is opened in its worker, after the fork."""
    from chassis.web.server import Server

    def load() -> Flask:
        mongo.connect(settings)
        return service.create_app(settings)

    def started(worker: Any) -> None:
        _say_what_is_written(settings)
        board = ops.Ops(settings.host, settings.ops_port, {"mongo": ops.mongo_answers(service.name)})
        _tell_of_web(board, worker.app.wsgi(), settings)
        board.start()
        ends = signal.getsignal(signal.SIGTERM)

        def draining(number: int, frame: Any) -> None:
            board.draining = True
            if callable(ends):
                ends(number, frame)

        signal.signal(signal.SIGTERM, draining)

    Server(settings, load, started).run()


def _tell_of_web(board: ops.Ops, app: Flask, settings: Settings) -> None:
    from chassis.web import admission

    going = admission.admission_of(app)
    board.pages["/traffic"] = lambda: going.traffic() | {"store": board.holds("mongo", TRAFFIC_SECONDS)}
    if settings.pieces_dir is not None:
        board.tells["fichiers"] = ops.takes_files(settings.pieces_dir)


def _whole(service: Service, settings: Settings) -> None:
    """Web, rpc and worker in one process, for one machine: the worker has the main thread and the signals."""
    from chassis import rpc, worker
    from chassis.web.server import Server, serve_beside

    db = mongo.connect(settings)
    app = service.create_app(settings)
    server, port = rpc.create_server(
        settings, service.allowed, lambda made: service.add_servicers(made, settings), service.readers
    )
    stop_web = serve_beside(Server(settings, lambda: app, lambda _worker: None))
    server.start()
    logs.get().info("whole.started", rpc_port=port)
    worker.run(service, settings, db, lambda board: _tell_of_web(board, app, settings))
    stop_web()
    server.stop(grace=20).wait()


def _rpc(service: Service, settings: Settings) -> None:
    from chassis import rpc

    mongo.connect(settings)
    server, port = rpc.create_server(
        settings, service.allowed, lambda made: service.add_servicers(made, settings), service.readers
    )
    board = ops.Ops(settings.host, settings.ops_port, {"mongo": ops.mongo_answers(service.name)})
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    server.start()
    board.start()
    _say_what_is_written(settings)
    logs.get().info("rpc.started", port=port)
    stop.wait()
    board.draining = True
    server.health.enter_graceful_shutdown()  # type: ignore[attr-defined]
    server.stop(grace=20).wait()
    board.stop()
    logs.get().info("rpc.stopped")


def _say_what_is_written(settings: Settings) -> None:
    if settings.reveil_url:
        from chassis import words

        words.Speaker(settings).start()


def _rejets(service: Service, settings: Settings, rest: Sequence[str]) -> None:
    from chassis.inbox import Inbox

    inbox = Inbox(mongo.connect(settings), service.handlers)
    if rest[:1] == ["replay"] and len(rest) == 2:
        well = inbox.replay(rest[1])
        sys.stdout.write(f"{rest[1]} {'handled' if well else 'still refused'}\n")
        sys.exit(0 if well else 1)
    for stored in inbox.rejets():
        sys.stdout.write(f"{stored['_id']} {stored['time'].isoformat()} {stored['subject']} {stored['error']}\n")


def _faits(service: Service, settings: Settings, rest: Sequence[str]) -> None:
    """Prints the history of one aggregate and whether its chain holds; exit 1 when it does not, or is empty."""
    if len(rest) != 1:
        sys.exit("faits: one AGGREGATE")
    db = mongo.connect(settings)
    # The log is one for the service; only the right kind of aggregate adds what its outbox still holds.
    found = max((event_log.whole_history(document, db, rest[0]) for document in service.aggregates), key=len)
    for fact in found:
        sys.stdout.write(f"{fact['version']} {fact['day']} {fact['subject']} {fact['by']} {fact['hash'][:16]}\n")
    sys.exit(0 if found and event_log.broken_link(found) is None else 1)
