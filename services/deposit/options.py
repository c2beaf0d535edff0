"""What an operator may tell deposit beyond the common settings: which absence is an outage, where people pay."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from chassis.settings import whole_number


def absence(environ: Mapping[str, str] | None = None) -> timedelta:
    """How long all watchers of our web may be away before that is written down as an outage."""
    source = os.environ if environ is None else environ
    return timedelta(hours=whole_number(source, "SONDE_ABSENCE_HEURES", 4))


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
