"""The environment of each process: the table of docs/architecture.md section 1, filled in for one machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chassis.settings import SERVICES
from dev import franceconnect
from dev.broker import WAKER, Broker
from dev.children import Spec
from dev.files import remembered_secret
from dev.front import Front
from dev.mongod import Mongod
from dev.ports import Ports
from dev.probes import answers_http

REPOSITORY = Path(__file__).resolve().parent.parent
PROCESSES = ("rpc", "worker", "web")
# One process for each service instead of these three, where one machine is all there is.
WHOLE = "whole"
TAKES_MAIL = ("ccc", "substitution", "notify")
# The mailbox of the contact centre, in which its messages are answered.
CENTRE = "contact@ccc.sejour.example"
WATCH_DEPOSIT = ("deposit", "substitution")


@dataclass(frozen=True)
class Place:
    """Where one stack lives: its data, its code, its ports, and the addresses given instead of embedded servers."""

    data: Path
    root: Path
    ports: Ports
    mongod: Mongod
    broker: Broker
    front: Front
    external: Mapping[str, str]
    together: bool = False

    @property
    def processes(self) -> tuple[str, ...]:
        """What runs of each service."""
        return (WHOLE,) if self.together else PROCESSES

    def ops_port(self, service: str, process: str) -> int:
        """The operations port of a process, which is that of the whole service where it runs in one."""
        return self.ports.get(f"{service}.{WHOLE if self.together else process}.ops")

    def python_env(self) -> dict[str, str]:
        """What any Python process of the stack needs; the operator's own variables pass through."""
        path = os.pathsep.join(dict.fromkeys([str(self.root), str(REPOSITORY), str(REPOSITORY / "gen")]))
        return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "LANG": "C.UTF-8"}

    def service_env(self, service: str, process: str) -> dict[str, str]:
        """All the settings of one process of one service."""
        port = self.ports.get
        env = self.python_env() | {
            "HOST": "127.0.0.1",
            "PUBLIC_URL": self.front.url,
            "MONGODB_URI": self.external.get("MONGODB_URI") or self.mongod.uri(service, f"sejour_{service}"),
            "NATS_URL": self.external.get("NATS_URL") or self.broker.url(service),
            "CLES_DIR": str(self.data / "cles" / service),
            "PIECES_DIR": str(self.data / "pieces" / service),
            "CLOCK_FILE": str(self.data / "horloge"),
        }
        # Forty threads that hardly ever work at once need no memory of their own each.
        env.setdefault("MALLOC_ARENA_MAX", "2")
        # People type it as well as 127.0.0.1.
        env.setdefault("WEB_HOSTS", "localhost")
        for peer in SERVICES:
            env[f"{peer.upper()}_RPC"] = f"127.0.0.1:{port(f'{peer}.rpc')}"
            env[f"{peer.upper()}_WEB"] = f"http://127.0.0.1:{port(f'{peer}.web')}"
        if process in (*PROCESSES, WHOLE):
            env["OPS_PORT"] = str(self.ops_port(service, process))
        for kind in ("web", "rpc"):
            if process in (kind, WHOLE):
                env[f"{kind.upper()}_PORT"] = str(port(f"{service}.{kind}"))
        if process in ("web", "rpc"):
            env["REVEIL_URL"] = self.external.get("NATS_URL") or self.broker.url(WAKER.format(service=service))
        if process in ("worker", WHOLE) and service in WATCH_DEPOSIT:
            env["DEPOSIT_OPS"] = f"http://127.0.0.1:{self.ops_port('deposit', 'web')}"
        if process in ("worker", WHOLE) and service in TAKES_MAIL:
            env["SMTP_INBOUND_PORT"] = str(port(f"{service}.smtp"))
        if service == "deposit" and process in ("web", WHOLE) and not env.get("USAGERS_OIDC_ISSUER"):
            env |= self.franceconnect()
        if service == "ccc":
            env.setdefault("TELEPHONIE_SECRET", self.telephone_secret())
        if service == "notify":
            env["SMTP_URL"] = self.external.get("SMTP_URL") or self.smtp_url()
            env["SMS_URL"] = self.external.get("SMS_URL") or f"http://127.0.0.1:{port('sinks')}/boites/sms/envois"
            env["SMS_SECRET"] = self.sms_secret()
            env.setdefault("NOTIFY_REPONSE_CCC", CENTRE)
        agents = self.data / "agents.toml"
        if agents.exists():
            env.setdefault("AGENTS_FILE", str(agents))
        return env

    def service_spec(self, service: str, process: str) -> Spec:
        """One of the processes of a service, or its `prepare` job."""
        env = self.service_env(service, process)
        argv = (sys.executable, "-m", f"services.{service}", process)
        if process == "prepare":
            Path(env["PIECES_DIR"]).mkdir(parents=True, exist_ok=True)
            return Spec(f"{service}.prepare", argv, env, job=True)
        ops = self.ops_port(service, process)
        serves = [kind for kind in ("web", "rpc") if process in (kind, WHOLE)]
        ports = {"ops": ops} | {kind: self.ports.get(f"{service}.{kind}") for kind in serves}
        return Spec(f"{service}.{process}", argv, env, answers_http(ops), ports, grace=40.0)

    def sinks_spec(self) -> Spec:
        """The mail and SMS sinks, one process."""
        env = self.python_env() | {
            "SINKS_DIR": str(self.data / "boites"),
            "SINKS_SMTP_PORT": str(self.ports.get("smtp")),
            "SINKS_HTTP_PORT": str(self.ports.get("sinks")),
            "SINKS_SMTP_PASSWORD": self._smtp_password(),
            "SINKS_BOUNCE_PORT": str(self.ports.get("notify.smtp")),
            "SMS_SECRET": self.sms_secret(),
            "SMS_CALLBACK": f"{self.front.url}/notify/api/v1/accuses/sms",
        }
        ports = {"smtp": self.ports.get("smtp"), "http": self.ports.get("sinks")}
        argv = (sys.executable, "-m", "dev.sinks")
        return Spec("sinks", argv, env, answers_http(ports["http"]), ports)

    def franceconnect_spec(self) -> Spec:
        """The environment of the identity provider of usagers, for trials."""
        port = self.ports.get("franceconnect")
        env = self.python_env() | self.franceconnect()
        env |= {"PUBLIC_URL": self.front.url, "FRANCECONNECT_PORT": str(port)}
        argv = (sys.executable, "-m", "dev.franceconnect")
        return Spec("franceconnect", argv, env, answers_http(port, "/livez"), {"http": port})

    def franceconnect(self) -> dict[str, str]:
        """The settings by which deposit uses that provider."""
        return {
            "USAGERS_OIDC_ISSUER": f"http://127.0.0.1:{self.ports.get('franceconnect')}{franceconnect.BASE}",
            "USAGERS_OIDC_CLIENT_ID": franceconnect.CLIENT_ID,
            "USAGERS_OIDC_CLIENT_SECRET": remembered_secret(self.data / "comptes" / "franceconnect"),
        }

    def home_spec(self) -> Spec:
        """The development page at `/`."""
        port = self.ports.get("home")
        env = self.python_env() | {
            "HOME_PORT": str(port),
            "SEJOUR_DATA": str(self.data),
            "CLOCK_FILE": str(self.data / "horloge"),
        }
        return Spec("home", (sys.executable, "-m", "dev.home"), env, answers_http(port, "/livez"), {"http": port})

    def smtp_url(self) -> str:
        """Where notify hands e-mails to the sink."""
        return f"smtp://notify:{self._smtp_password()}@127.0.0.1:{self.ports.get('smtp')}"

    def telephone_secret(self) -> str:
        """The secret that signs the events of the telephone system (HMAC-SHA256)."""
        return remembered_secret(self.data / "comptes" / "standard")

    def sms_secret(self) -> str:
        """The secret that signs the SMS gateway's delivery callbacks (HMAC-SHA256)."""
        return remembered_secret(self.data / "comptes" / "sms")

    def _smtp_password(self) -> str:
        return remembered_secret(self.data / "comptes" / "smtp.notify")
