"""One real server without the rest of the stack: a MongoDB or a NATS for tests that need only that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chassis.settings import SERVICES
from dev.broker import Broker
from dev.children import Supervisor
from dev.mongod import Mongod
from dev.ports import Ports

# Long: a machine under load starts a store in minutes, and who waits ends as soon as it is there.
READY_WITHIN = 300.0


class Solo:
    """A running server that can be killed (it comes back), stopped and started."""

    def __init__(self, supervisor: Supervisor, name: str) -> None:
        self._supervisor = supervisor
        self._name = name

    @property
    def pid(self) -> int:
        """The pid, 0 while the server is down."""
        return self._supervisor.children[self._name].pid

    def kill(self, wait: bool = True) -> None:
        """kill -9; with `wait`, returns once it is back and ready."""
        old = self._supervisor.kill(self._name)
        if wait:
            self._supervisor.wait_restarted(self._name, old, READY_WITHIN)

    def stop(self) -> None:
        """SIGTERM, and it stays down until `start`."""
        self._supervisor.stop([self._name])

    def start(self) -> None:
        """Starts again what was stopped; returns once it is ready."""
        self._supervisor.start(self._supervisor.children[self._name].spec)
        self._supervisor.wait_ready([self._name], READY_WITHIN)


class SoloMongod(Solo):
    """MongoDB alone. `uri` is the operator's, without a database; a service's own has its database."""

    def __init__(self, supervisor: Supervisor, mongod: Mongod) -> None:
        super().__init__(supervisor, "mongod")
        self.uri = mongod.uri()
        self._mongod = mongod

    def uri_for(self, service: str) -> str:
        """The address of one service, with its least rights."""
        return self._mongod.uri(service, f"sejour_{service}")


class SoloNats(Solo):
    """NATS alone. `url` is the operator's."""

    def __init__(self, supervisor: Supervisor, broker: Broker) -> None:
        super().__init__(supervisor, "nats")
        self.url = broker.url()
        self.url_for = broker.url


@contextmanager
def mongod(data: Path, notablescan: bool = True) -> Iterator[SoloMongod]:
    """A MongoDB in `data`, ready, with one user per service."""
    server = Mongod(data, Ports(data / "ports.json").get("mongod"), cache_gb=0.25, notablescan=notablescan)
    with _supervised(data) as supervisor:
        supervisor.start(server.spec())
        server.set_up(supervisor, SERVICES)
        supervisor.wait_ready(["mongod"], READY_WITHIN)
        yield SoloMongod(supervisor, server)


@contextmanager
def nats(data: Path) -> Iterator[SoloNats]:
    """A nats-server in `data`, ready, with one user per service."""
    ports = Ports(data / "ports.json")
    broker = Broker(data, ports.get("nats"), ports.get("nats.monitor"))
    with _supervised(data) as supervisor:
        supervisor.start(broker.spec(SERVICES))
        supervisor.wait_ready(["nats"], READY_WITHIN)
        yield SoloNats(supervisor, broker)


@contextmanager
def _supervised(data: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(data / "journaux", data, on_change=lambda: None)
    try:
        yield supervisor
    finally:
        supervisor.close()
