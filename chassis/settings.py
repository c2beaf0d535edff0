"""Settings are read from the environment once, at start-up; one error names all that are missing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

SERVICES = ("deposit", "ccc", "pan", "substitution", "notify")
DEVELOPPEMENT, PRODUCTION = "developpement", "production"
POSITIONS = ("recommandation", "droit_en_vigueur")


class BadSettings(Exception):
    """The environment lacks or contradicts something; the message names every variable at fault."""


@dataclass(frozen=True)
class Settings:
    """The settings of one process. Times in seconds, sizes in bytes; an empty string means "not set"."""

    service: str
    env: str
    regles: str
    public_url: str
    cles_dir: Path
    mongodb_uri: str
    nats_url: str = ""
    reveil_url: str = ""
    host: str = "127.0.0.1"
    web_port: int = 0
    rpc_port: int = 0
    ops_port: int = 0
    tls_dir: Path | None = None
    pieces_dir: Path | None = None
    clock_file: Path | None = None
    agents_file: Path | None = None
    smtp_url: str = ""
    sms_url: str = ""
    smtp_inbound_port: int = 0
    clamd: str = ""
    stream_replicas: int = 1
    rpc_addresses: Mapping[str, str] | None = None
    web_addresses: Mapping[str, str] | None = None

    @classmethod
    def from_env(cls, service: str, environ: Mapping[str, str] | None = None, needs: tuple[str, ...] = ()) -> Settings:
        """Reads the environment. `needs` names the variables that this process cannot do without.

        Raises BadSettings naming all that is missing or wrong, so that one look at the log is enough.
        """
        source = os.environ if environ is None else environ
        faults = [
            f"{name} is missing" for name in ("MONGODB_URI", "CLES_DIR", "PUBLIC_URL", *needs) if not source.get(name)
        ]
        env = source.get("SEJOUR_ENV", DEVELOPPEMENT)
        if env not in (DEVELOPPEMENT, PRODUCTION):
            faults.append(f"SEJOUR_ENV is {env!r}: {DEVELOPPEMENT} or {PRODUCTION}")
        # The position of the law is a decision of the State that deploys, never a default of ours (XCT-01).
        regles = source.get("REGLES", "" if env == PRODUCTION else POSITIONS[0])
        if regles not in POSITIONS:
            faults.append(f"REGLES must be one of {', '.join(POSITIONS)}")
        if env == PRODUCTION and source.get("CLOCK_FILE"):
            faults.append("CLOCK_FILE is refused in production: the legal clock follows the calendar")
        if service not in SERVICES:
            faults.append(f"{service!r} is not a service")
        clamd = source.get("ANALYSE_CLAMD", "")
        if clamd and not clamd.startswith("/") and not clamd.rpartition(":")[2].isdigit():
            faults.append("ANALYSE_CLAMD is neither host:port nor the path of a socket")
        numbers = {}
        for name in ("WEB_PORT", "RPC_PORT", "OPS_PORT", "SMTP_INBOUND_PORT", "STREAM_REPLICAS"):
            try:
                numbers[name] = int(source.get(name, "") or 0)
            except ValueError:
                faults.append(f"{name} is not a number")
        if faults:
            raise BadSettings("; ".join(faults))
        return cls(
            service=service,
            env=env,
            regles=regles,
            public_url=source["PUBLIC_URL"].rstrip("/"),
            cles_dir=Path(source["CLES_DIR"]),
            mongodb_uri=source["MONGODB_URI"],
            nats_url=source.get("NATS_URL", ""),
            reveil_url=source.get("REVEIL_URL", ""),
            host=source.get("HOST", "127.0.0.1"),
            web_port=numbers["WEB_PORT"],
            rpc_port=numbers["RPC_PORT"],
            ops_port=numbers["OPS_PORT"],
            tls_dir=_path(source, "TLS_DIR"),
            pieces_dir=_path(source, "PIECES_DIR"),
            clock_file=_path(source, "CLOCK_FILE"),
            agents_file=_path(source, "AGENTS_FILE"),
            smtp_url=source.get("SMTP_URL", ""),
            sms_url=source.get("SMS_URL", ""),
            smtp_inbound_port=numbers["SMTP_INBOUND_PORT"],
            clamd=clamd,
            stream_replicas=numbers["STREAM_REPLICAS"] or 1,
            rpc_addresses={
                name: source[f"{name.upper()}_RPC"] for name in SERVICES if source.get(f"{name.upper()}_RPC")
            },
            web_addresses={
                name: source[f"{name.upper()}_WEB"] for name in SERVICES if source.get(f"{name.upper()}_WEB")
            },
        )

    @property
    def secret(self) -> bytes:
        """This service's own secret for sessions and CSRF, from the mounted keys."""
        return (self.cles_dir / "secret").read_bytes()

    @property
    def secure(self) -> bool:
        """Whether people reach us by https: cookies are then marked Secure."""
        return urlsplit(self.public_url).scheme == "https"


def whole_number(source: Mapping[str, str], name: str, default: int) -> int:
    """A setting that is a whole number, `default` when it is absent. Raises BadSettings naming it."""
    text = source.get(name, "") or str(default)
    if not text.isdigit():
        raise BadSettings(f"{name} is not a whole number")
    return int(text)


def _path(source: Mapping[str, str], name: str) -> Path | None:
    value = source.get(name)
    return Path(value) if value else None
