"""What an operator may tell the worker beyond the common settings: how the téléservice is probed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from chassis.settings import Settings, whole_number


@dataclass(frozen=True)
class Sonde:
    """`adresses` are asked every `secondes`; `echecs` silences in a row declare an outage. No address, no probe."""

    adresses: tuple[str, ...]
    secondes: int
    echecs: int

    @classmethod
    def from_env(cls, settings: Settings, environ: Mapping[str, str] | None = None) -> Sonde:
        """`DEPOSIT_WEB` gives the page, `DEPOSIT_OPS` (optional) the readiness; `SONDE_SECONDES`, `SONDE_ECHECS`."""
        source = os.environ if environ is None else environ
        web = (settings.web_addresses or {}).get("deposit", "")
        ops = source.get("DEPOSIT_OPS", "")
        adresses = [f"{web.rstrip('/')}/deposit/"] if web else []
        adresses += [f"{ops.rstrip('/')}/readyz"] if ops else []
        return cls(tuple(adresses), whole_number(source, "SONDE_SECONDES", 10), whole_number(source, "SONDE_ECHECS", 6))
