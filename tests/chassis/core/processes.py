"""Starts a process of the tests' services, asks its ops port, kills it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chassis.settings import Settings
from dev.probes import json_of, status_of
from tests.waiting import wait_until

REPOSITORY = Path(__file__).resolve().parents[3]


@dataclass
class Process:
    """One process of a service of `faux`."""

    settings: Settings
    kind: str
    ops_port: int
    log: Path
    popen: subprocess.Popen[bytes] | None = None
    env: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Starts it; it is not ready yet."""
        told = self.settings
        env = {
            **os.environ,
            "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'gen'}",
            "MONGODB_URI": told.mongodb_uri,
            "NATS_URL": told.nats_url,
            "CLES_DIR": str(told.cles_dir),
            "PUBLIC_URL": told.public_url,
            "OPS_PORT": str(self.ops_port),
            "WEB_PORT": str(told.web_port),
            "RPC_PORT": str(told.rpc_port),
            "CLOCK_FILE": str(told.clock_file or ""),
            **self.env,
        }
        for name, address in (told.rpc_addresses or {}).items():
            env[f"{name.upper()}_RPC"] = address
        argv = [sys.executable, "-m", "tests.chassis.core.faux", told.service, self.kind]
        with self.log.open("ab") as output:
            self.popen = subprocess.Popen(argv, cwd=REPOSITORY, env=env, stdout=output, stderr=output)

    def wait_ready(self) -> None:
        """Returns once it says that it is ready."""
        wait_until(f"{self.settings.service} {self.kind} is ready", lambda: self.status("/readyz") == 200)

    def status(self, path: str) -> int:
        """The status of a page of the ops port, 0 when nobody answers."""
        return status_of(self.ops_port, path)

    def says(self, path: str) -> dict[str, Any]:
        """The JSON of a page of the ops port, empty when nobody answers."""
        return json_of(self.ops_port, path) or {}

    def signal_child(self, number: signal.Signals) -> None:
        """To the one process that serves under gunicorn's own."""
        assert self.popen is not None
        path = Path(f"/proc/{self.popen.pid}/task/{self.popen.pid}/children")
        (child,) = path.read_text().split()
        os.kill(int(child), number)

    def kill(self) -> None:
        """kill -9."""
        assert self.popen is not None
        self.popen.kill()
        self.popen.wait()

    def end(self, timeout: float = 60) -> int:
        """SIGTERM; the exit code, within what docs/operations.md gives it."""
        assert self.popen is not None
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(timeout)


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    """The processes, started and ready; whatever is left of them is killed at the end."""
    try:
        for process in processes:
            process.start()
        for process in processes:
            process.wait_ready()
        yield
    finally:
        for process in processes:
            if process.popen is not None and process.popen.poll() is None:
                process.kill()


def run_jobs(*processes: Process) -> None:
    """Runs them to their end, which must be well."""
    for process in processes:
        process.start()
    for process in processes:
        assert process.popen is not None
        assert process.popen.wait() == 0, process.log.read_text()[-3000:]
