"""What an operator may tell the worker beyond the common settings: how it watches its own web."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from chassis.settings import Settings, whole_number


@dataclass(frozen=True)
class Probe:
    """`adresses` are asked every `secondes`; `echecs` silences in a row are an outage. No address: its own absence."""

    adresses: tuple[str, ...]
    secondes: int
    echecs: int

    @classmethod
    def from_env(cls, settings: Settings, environ: Mapping[str, str] | None = None) -> Probe:
        """`DEPOSIT_WEB` gives the page; `SONDE_SECONDES` and `SONDE_ECHECS` as for substitution's own probe."""
        source = os.environ if environ is None else environ
        web = (settings.web_addresses or {}).get("deposit", "")
        adresses = (f"{web.rstrip('/')}/deposit/",) if web else ()
        return cls(adresses, whole_number(source, "SONDE_SECONDES", 10), whole_number(source, "SONDE_ECHECS", 6))
