"""Which variable each process needs (docs/architecture.md, section 1), and what an operator brings from outside Git."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chassis.settings import SERVICES
from deploy.cluster import PROCESSES

PORTS = {"web": ("WEB_PORT", 8080), "rpc": ("RPC_PORT", 50051)}
EVERY = frozenset({"SEJOUR_ENV", "REGLES", "MONGODB_URI", "CLES_DIR", "PUBLIC_URL"})
SERVING = frozenset({"HOST", "OPS_PORT"}) | {f"{name.upper()}_{way}" for name in SERVICES for way in ("RPC", "WEB")}
BROKER = frozenset({"NATS_URL"})
OWN: Mapping[tuple[str, str], frozenset[str]] = {
    **{(name, way): frozenset({"PIECES_DIR"}) for name in ("deposit", "substitution") for way in ("web", "worker")},
    ("ccc", "web"): frozenset({"PIECES_DIR"}),
    ("ccc", "worker"): frozenset({"PIECES_DIR", "SMTP_INBOUND_PORT"}),
    ("notify", "web"): frozenset({"PIECES_DIR"}),
    ("notify", "worker"): frozenset({"PIECES_DIR", "SMTP_URL", "SMS_URL"}),
}
# Behind one front of ours (chassis/web/options.py): otherwise every person has the front's address.
BEHIND_FRONT = frozenset({"FRONT_PROXIES"})
# Set by the operator or by the prod overlay where they make sense, needed by no process of every deployment.
OPTIONAL = frozenset({"CLOCK_FILE", "AGENTS_FILE", "OTEL_EXPORTER_OTLP_ENDPOINT", "STREAM_REPLICAS"})
# The prod overlay must choose these: R1 streams and a directory of nobody are for trying.
PRODUCTION: Mapping[str, frozenset[str]] = {"prepare": frozenset({"AGENTS_FILE", "STREAM_REPLICAS"})}
# A process that has no use of an address has none to misuse.
NEVER: Mapping[str, frozenset[str]] = {"web": BROKER, "rpc": BROKER}


def needed(service: str, process: str, production: bool) -> frozenset[str]:
    """The variables that this process must get."""
    found = EVERY | OWN.get((service, process), frozenset())
    if process in PROCESSES:
        found |= SERVING
    if process in PORTS:
        found |= {PORTS[process][0]}
    if process == "web":
        found |= BEHIND_FRONT
    if process in ("worker", "prepare"):
        found |= BROKER
    if production:
        found |= PRODUCTION.get(process, frozenset())
    return found


def documented(architecture: str) -> frozenset[str]:
    """The variables that the table of docs/architecture.md names; `DEPOSIT_RPC, …` stands for the five."""
    rows = [line.split("|")[1] for line in architecture.splitlines() if re.match(r"\| `[A-Z]", line)]
    return frozenset(name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row))


def known() -> frozenset[str]:
    """Every variable that some table of this file decides on."""
    needs = [needed(service, process, True) for service in SERVICES for process in (*PROCESSES, "prepare")]
    return OPTIONAL.union(*needs)


def _brought(production: bool) -> dict[tuple[str, str], frozenset[str]]:
    brought: dict[tuple[str, str], frozenset[str]] = {}
    for service in SERVICES:
        gateways = {"SMTP_URL", "SMS_URL"} if service == "notify" else set()
        brought["Secret", service] = frozenset({"MONGODB_URI", "NATS_URL"} | gateways)
        brought["Secret", f"{service}-cles"] = frozenset({"public.jwks.json", f"{service}.pem", "secret"})
        own = {f"{service}.der", f"{service}.pem"}
        brought["Secret", f"{service}-documents"] = frozenset({"autorite.der", "types.json"} | own)
    if production:
        brought["ConfigMap", "exploitant"] = frozenset({"REGLES", "PUBLIC_URL"})
        brought["Secret", "agents"] = frozenset({"agents.toml"})
        brought["Secret", "front-tls"] = frozenset({"tls.crt", "tls.key"})
    else:
        brought["Secret", "mongodb"] = frozenset({"password", "keyfile", "users.js"})
        brought["Secret", "nats"] = frozenset({"nats.conf"})
    return brought


# By overlay, what is made outside Git: `python -m deploy.sample` for dev, the operator's vault for prod.
EXTERNAL = {"dev": _brought(production=False), "prod": _brought(production=True)}
