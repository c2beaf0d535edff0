"""What an operator may tell deposit beyond the common settings: how it watches its own web, where people pay."""

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


@dataclass(frozen=True)
class Paiement:
    """The payment gateway. Without address, a timbre fiscal is the only way to pay."""

    url: str
    jeton: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Paiement:
        """`PAIEMENT_URL` and `PAIEMENT_JETON`; both or none."""
        source = os.environ if environ is None else environ
        url, jeton = source.get("PAIEMENT_URL", ""), source.get("PAIEMENT_JETON", "")
        return cls(url, jeton) if url and jeton else cls("", "")
