"""Every dialect of an appointment system, by the name that the rules of a préfecture give it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.pan.adapters.ants import Ants
from services.pan.adapters.contrat import Systeme
from services.pan.adapters.csv_export import Csv
from services.pan.adapters.ics import Ics
from services.pan.adapters.sejour_json import SejourJson

# `agenda` of a place -> how its system is read: (address, our token, time zone of each place). `integre` is ours.
SYSTEMS: Mapping[str, Callable[[str, str, Mapping[str, str]], Systeme]] = {
    "ants": Ants,
    "csv": Csv,
    "ics": lambda url, token, fuseaux: Ics(url, fuseaux),
    "sejour-json": SejourJson,
}
