"""What the processes say of themselves: lag of facts, facts set aside, what still waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from dev.probes import json_of

LAG, REJECTED, CONSUMED = "sejour_event_lag_seconds", "sejour_rejets", "sejour_faits_consumed"
PATIENCE_SECONDS = 5.0
Buckets = dict[str, dict[float, float]]


@dataclass
class Scrape:
    """Counts since the processes began: facts by subject and lag (cumulated, by upper bound), and facts set aside."""

    lag: Buckets = field(default_factory=dict)
    rejected: float = 0.0

    def add(self, text: str, worker: str) -> None:
        """Adds what one worker exposes; `worker` keeps consumers of a same subject apart."""
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == f"{LAG}_bucket":
                    name = f"{worker} ← {sample.labels['subject']}"
                    self.lag.setdefault(name, {})[float(sample.labels["le"])] = sample.value
                elif sample.name == f"{REJECTED}_total":
                    self.rejected += sample.value

    def since(self, before: Scrape) -> Scrape:
        """What happened between two scrapes; a process that began again meanwhile counts from its start."""
        lag = {}
        for subject, buckets in self.lag.items():
            earlier = before.lag.get(subject, {})
            again = total(buckets) < total(earlier)
            lag[subject] = {
                bound: count - (0.0 if again else earlier.get(bound, 0.0)) for bound, count in buckets.items()
            }
        return Scrape(lag, self.rejected - before.rejected)


def scrape(ports: Mapping[str, int]) -> Scrape:
    """Asks every process its metrics. Raises OSError when one does not answer."""
    found = Scrape()
    for name, port in ports.items():
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", "/metrics")
            found.add(connection.getresponse().read().decode(), name)
        finally:
            connection.close()
    return found


def merged(lags: Iterable[Mapping[float, float]]) -> dict[float, float]:
    """One cumulated histogram of several with the same bounds."""
    total: dict[float, float] = {}
    for buckets in lags:
        for bound, count in buckets.items():
            total[bound] = total.get(bound, 0.0) + count
    return dict(sorted(total.items()))


def quantile(buckets: Mapping[float, float], share: float) -> float:
    """The value under which `share` of a cumulated histogram lies, by straight lines between bounds (as Prometheus).

    Beyond the last finite bound it is that bound; 0 of nothing.
    """
    bounds = sorted(buckets)
    total = buckets[bounds[-1]] if bounds else 0.0
    rank, lower, below = share * total, 0.0, 0.0
    for bound in bounds:
        count = buckets[bound]
        if total and count >= rank:
            if bound == float("inf"):
                return lower
            return lower + (bound - lower) * ((rank - below) / (count - below) if count > below else 1.0)
        lower, below = bound, count
    return 0.0


def total(buckets: Mapping[float, float]) -> int:
    """How many facts a cumulated histogram holds."""
    return int(max(buckets.values(), default=0.0))


def waiting(ports: Mapping[str, int]) -> dict[str, Any]:
    """Each worker that still has something to do, with what it says; None of one that does not answer."""
    said = {name: json_of(port, "/quiet") for name, port in ports.items()}
    return {name: found for name, found in said.items() if not (found and found.get("quiet") is True)}
