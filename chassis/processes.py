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
PROCESSES = ("prepare", "web", "rpc", "worker", "rejets", "faits", "agents")
_NEEDS = {
    "web": ("WEB_PORT", "OPS_PORT"),
    "rpc": ("RPC_PORT", "OPS_PORT"),
    "worker": ("NATS_URL", "OPS_PORT"),
    "prepare": ("NATS_URL",),
}


def main(service: Service, argv: Sequence[str] | None = None) -> None:
    """`python -m services.<name> prepare|web|rpc|worker|rejets|faits|agents`, or a job of its own; 0 after SIGTERM."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    parser.add_argument("process", choices=(*PROCESSES, *service.commands))
    parser.add_argument(
        "rest",
        nargs="*",
        help="rejets: list | replay ID ; faits: AGGREGATE ; words of a job",
    )
    arguments = parser.parse_args(argv)
    process: str = arguments.process
    needs = (*_NEEDS.get(process, ()), *service.needs.get(process, ()))
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

        worker.run(service, settings)
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
    """One gunicorn gthread worker: replicas scale it. The database is opened in the worker, after the fork."""
    from gunicorn.app.base import BaseApplication

    from chassis.web import admission, options, threads

    def started(worker: Any) -> None:
        board = ops.Ops(settings.host, settings.ops_port, {"mongo": ops.mongo_answers(service.name)})
        going = admission.admission_of(worker.app.wsgi())
        board.pages["/traffic"] = lambda: going.traffic() | {"store": board.holds("mongo", TRAFFIC_SECONDS)}
        if settings.pieces_dir is not None:
            board.tells["fichiers"] = ops.takes_files(settings.pieces_dir)
        board.start()
        ends = signal.getsignal(signal.SIGTERM)

        def draining(number: int, frame: Any) -> None:
            board.draining = True
            if callable(ends):
                ends(number, frame)

        signal.signal(signal.SIGTERM, draining)

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            wanted = {
                "bind": f"{settings.host}:{settings.web_port}",
                "worker_class": threads.Worker,
                "workers": 1,
                "threads": options.WebOptions.from_env().threads,
                "backlog": 256,
                "keepalive": 30,
                "timeout": 30,
                "graceful_timeout": 20,
                "worker_tmp_dir": "/dev/shm",  # noqa: S108
                "control_socket_disable": True,
                "post_worker_init": started,
                "loglevel": "warning",
            }
            for name, value in wanted.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Flask:
            mongo.connect(settings)
            return service.create_app(settings)

    Application().run()


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
    logs.get().info("rpc.started", port=port)
    stop.wait()
    board.draining = True
    server.health.enter_graceful_shutdown()  # type: ignore[attr-defined]
    server.stop(grace=20).wait()
    board.stop()
    logs.get().info("rpc.stopped")


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
