"""The whole system on one machine, in the right order both ways, leaving no process behind."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from chassis.settings import SERVICES
from dev.boites import Boites
from dev.broker import Broker
from dev.children import Child, StackError, Supervisor
from dev.clock import Clock
from dev.environment import REPOSITORY, Place
from dev.files import write_private
from dev.front import Front
from dev.keys import make_keys
from dev.mongod import Mongod
from dev.people import write_agents
from dev.ports import Ports, is_free

READY_WITHIN = 120.0
JOBS_AT_ONCE, PROCESSES_AT_ONCE = 2, 3
STOP_ORDER = (
    ("front", "home"),
    ("web", "whole"),
    ("rpc",),
    ("worker",),
    ("sinks", "franceconnect"),
    ("nats",),
    ("mongod",),
)


class Stack:
    """One running system. A context manager, used by tests, journeys, faults and load.

    `services`: which to start (default: those whose package exists under `root`). `frozen_clock`: the legal clock stays
    at today until somebody moves it; otherwise it follows the calendar until then. `notablescan`: a query without an
    index fails. `port`: that of the front address, any free one when 0. `external`: the addresses of servers to use
    instead of the embedded ones. `together`, set before the start: web, rpc and worker of a service are one process.
    """

    def __init__(
        self,
        data_dir: Path,
        services: Sequence[str] | None = None,
        frozen_clock: bool = True,
        notablescan: bool = True,
        root: Path = REPOSITORY,
        port: int = 0,
        external: Mapping[str, str] | None = None,
    ) -> None:
        self.data = data_dir.resolve()
        self.data.mkdir(parents=True, exist_ok=True)
        self.services = tuple(existing_services(root) if services is None else services)
        self._frozen_clock = frozen_clock
        self._notablescan = notablescan
        self._root = root
        self._front_port = port
        self._external = dict(external or {})
        self.together = False
        self._lock: IO[str] | None = None
        self._writing = threading.Lock()
        self.clock = Clock(self.data / "horloge", self._worker_ports)

    def __enter__(self) -> Stack:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts everything and returns when it is ready. Raises StackError with the log of what does not start."""
        self._take_data()
        self.place = self._find_place()
        self.supervisor = Supervisor(self.data / "journaux", self._root, self._describe)
        make_keys(self.data / "cles", SERVICES)
        if self._frozen_clock or self.clock.file.exists():
            self.clock.hold()
        write_agents(self.data / "agents.toml")
        self._start_servers()
        jobs = [self.place.service_spec(service, "prepare") for service in self.services]
        self.supervisor.start_in_turn(jobs, JOBS_AT_ONCE, READY_WITHIN)
        processes = [
            self.place.service_spec(service, process) for process in self.place.processes for service in self.services
        ]
        self.supervisor.start_in_turn(processes, PROCESSES_AT_ONCE, READY_WITHIN)
        self.supervisor.wait_ready(["sinks", "home", "franceconnect", "front"], READY_WITHIN)
        self._describe()

    def stop(self) -> None:
        """Stops what takes requests first, the stores last; nothing of the stack remains."""
        supervisor: Supervisor | None = getattr(self, "supervisor", None)
        if supervisor is not None:
            for kinds in STOP_ORDER:
                supervisor.stop([name for name in supervisor.children if name.rsplit(".", 1)[-1] in kinds])
            supervisor.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def url(self) -> str:
        """The front address, no trailing slash."""
        return self.place.front.url

    @property
    def boites(self) -> Boites:
        """The mail and SMS sinks, to read what people received."""
        return Boites(f"http://127.0.0.1:{self.place.ports.get('sinks')}/boites")

    @property
    def mongodb_uri(self) -> str:
        """MongoDB as the operator, every database."""
        return self.place.external.get("MONGODB_URI") or self.place.mongod.uri()

    @property
    def nats_url(self) -> str:
        """NATS as the operator, every subject."""
        return self.place.external.get("NATS_URL") or self.place.broker.url()

    def env_for(self, service: str, process: str) -> dict[str, str]:
        """The environment of one process: what a test needs to act as that service."""
        return self.place.service_env(service, process)

    def port(self, *name: str) -> int:
        """A port by its name: `("deposit", "web")`, `("deposit", "worker", "ops")`, `("ccc", "smtp")`, `("smtp",)`."""
        return self.place.ports.get(".".join(name))

    def pid(self, *name: str) -> int:
        """The pid of `("deposit", "worker")` or `("mongod",)`, 0 while it is down."""
        return self.supervisor.children[".".join(name)].pid

    def restarts(self, *name: str) -> int:
        """How many times a process had to be started again."""
        return self.supervisor.children[".".join(name)].restarts

    def kill(self, *name: str, wait: bool = True, timeout: float = 30.0) -> int:
        """kill -9 by pid; the supervisor restarts it, and with `wait` this returns once it is ready again."""
        pid = self.supervisor.kill(".".join(name))
        if wait:
            self.supervisor.wait_restarted(".".join(name), pid, timeout)
        return pid

    def send_signal(self, number: signal.Signals, *name: str) -> None:
        """Any other signal: SIGSTOP and SIGCONT make a process that hangs."""
        pid = self.pid(*name)
        if not pid:
            raise StackError(f"{'.'.join(name)} is down")
        os.killpg(pid, number)

    def stop_process(self, *name: str) -> None:
        """SIGTERM, and it stays down until `start_process`."""
        self.supervisor.stop([".".join(name)])

    def keep_down(self, *name: str) -> None:
        """kill -9, and it stays down until `start_process`: an outage."""
        self.supervisor.children[".".join(name)].wanted = False
        self.supervisor.kill(".".join(name))

    def start_process(self, *name: str, wait: bool = True, timeout: float = 30.0) -> None:
        """Starts again what was stopped."""
        full = ".".join(name)
        self.supervisor.start(self.supervisor.children[full].spec)
        if wait:
            self.supervisor.wait_ready([full], timeout)

    def log_of(self, *name: str) -> str:
        """What a process has said: one JSON line per request or event."""
        path = self.supervisor.log_path(".".join(name))
        return path.read_text(errors="replace") if path.exists() else ""

    def _take_data(self) -> None:
        self._lock = (self.data / "verrou").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as failure:
            raise StackError(f"another stack is running in {self.data}") from failure
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    def _find_place(self) -> Place:
        ports = Ports(self.data / "ports.json")
        if self._front_port and not is_free(self._front_port):
            raise StackError(f"port {self._front_port} is taken: choose another one (PORT=8081 make run)")
        upstreams = {service: ports.get(f"{service}.web") for service in self.services}
        upstreams |= {name: ports.get(name) for name in ("sinks", "home")}
        cache = float(os.environ.get("MONGO_CACHE_GB", "0.5"))
        return Place(
            data=self.data,
            root=self._root,
            ports=ports,
            mongod=Mongod(self.data, ports.get("mongod"), cache, self._notablescan),
            broker=Broker(self.data, ports.get("nats"), ports.get("nats.monitor")),
            front=Front(self.data, self._front_port or ports.get("front"), upstreams),
            external=self._external,
            together=self.together,
        )

    def _start_servers(self) -> None:
        place = self.place
        embedded = []
        if "MONGODB_URI" not in self._external:
            embedded.append(place.mongod.spec())
        if "NATS_URL" not in self._external:
            embedded.append(place.broker.spec(SERVICES))
        for spec in (
            *embedded,
            place.sinks_spec(),
            place.home_spec(),
            place.franceconnect_spec(),
            place.front.spec(place.python_env()),
        ):
            self.supervisor.start(spec)
        if "MONGODB_URI" not in self._external:
            place.mongod.set_up(self.supervisor, SERVICES)
        self.supervisor.wait_ready([spec.name for spec in embedded], READY_WITHIN)

    def _worker_ports(self) -> dict[str, int]:
        """Of those that run: nobody waits for one that is kept down."""
        workers = {f"{service}.worker": self.place.ops_port(service, "worker") for service in self.services}
        children = self.supervisor.children
        return {name: port for name, port in workers.items() if name not in children or children[name].wanted}

    def _describe(self) -> None:
        """Writes `stack.json`: pids, ports and settings of every process, for the clock command, tests and tools."""
        processes = {name: _described(child) for name, child in sorted(self.supervisor.children.items())}
        found = {
            "url": self.url,
            "data": str(self.data),
            "pid": os.getpid(),
            "mongodb": self.mongodb_uri,
            "nats": self.nats_url,
            "services": list(self.services),
            "processes": processes,
        }
        with self._writing:
            write_private(self.data / "stack.json", json.dumps(found, indent=1))


def _described(child: Child) -> dict[str, object]:
    spec = child.spec
    return {
        "pid": child.pid,
        "restarts": child.restarts,
        "wanted": child.wanted,
        "job": spec.job,
        "ports": dict(spec.ports),
        "argv": list(spec.argv),
        "env": {name: value for name, value in spec.env.items() if os.environ.get(name) != value},
    }


def existing_services(root: Path) -> list[str]:
    """The services whose package is there."""
    return [name for name in SERVICES if (root / "services" / name / "__main__.py").exists()]
