"""gunicorn as a web runs it: under its own arbiter or, where one process is a whole service, from a thread."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gunicorn import sock
from gunicorn.app.base import BaseApplication

from chassis import logs
from chassis.settings import Settings
from chassis.web import options, threads

if TYPE_CHECKING:
    from flask import Flask

STOP_SECONDS = 25.0


class Server(BaseApplication):  # type: ignore[misc]
    """One gunicorn worker of threads: replicas scale it. `load` makes the application, `started` follows it."""

    def __init__(self, settings: Settings, load: Callable[[], Flask], started: Callable[[Any], None]) -> None:
        self._settings, self._load, self._started = settings, load, started
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's own place for settings."""
        wanted = {
            "bind": f"{self._settings.host}:{self._settings.web_port}",
            "worker_class": threads.Worker,
            "workers": 1,
            "threads": options.WebOptions.from_env().threads,
            "backlog": 256,
            "keepalive": 30,
            "timeout": 30,
            "graceful_timeout": 20,
            "worker_tmp_dir": "/dev/shm",  # noqa: S108
            "control_socket_disable": True,
            "post_worker_init": self._started,
            "loglevel": "warning",
        }
        for name, value in wanted.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        """gunicorn's own place for the application."""
        return self._load()


class _Beside(threads.Worker):
    """A worker in a process that has other work, whose signals are not its own."""

    def init_signals(self) -> None:
        """None: who started it stops it."""


def serve_beside(server: Server) -> Callable[[], None]:
    """Serves from a thread of this process; returns what stops it. Should it end by itself, the process ends too."""
    config = server.cfg
    log = config.logger_class(config)
    worker = _Beside(0, os.getppid(), sock.create_sockets(config, log), server, config.timeout, config, log)

    def work() -> None:
        try:
            worker.init_process()
        except Exception as error:
            logs.get().error("web.failed", error=type(error).__name__, exc_info=True)
        if worker.alive:
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=work, name="web", daemon=True)
    thread.start()

    def stop() -> None:
        worker.handle_exit(signal.SIGTERM, None)
        thread.join(STOP_SECONDS)

    return stop
