"""What one arrival became, and what many of them say together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# The last arrivals have this long to end and still count as sent in time.
TAIL_SECONDS = 1.0


@dataclass(frozen=True)
class Sample:
    """One arrival: the instant meant for it (seconds), its latency from there (seconds), its fault, empty when none.

    What a phase breaks on purpose is not `judged`.
    """

    operation: str
    intended: float
    latency: float
    fault: str = ""
    judged: bool = True

    @property
    def counts(self) -> bool:
        """Whether it came after the warm-up."""
        return self.intended >= 0

    @property
    def end(self) -> float:
        """When it ended, in seconds from the start."""
        return self.intended + self.latency


@dataclass(frozen=True)
class Latencies:
    """How many, and how long in milliseconds."""

    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed (nearest rank); 0 of nothing."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def latencies(samples: Iterable[Sample]) -> Latencies:
    """The latencies of those that count and succeeded; what failed is an error, not a quick answer."""
    found = sorted(s.latency * 1000 for s in samples if s.counts and not s.fault)
    return Latencies(
        count=len(found),
        p50_ms=percentile(found, 0.50),
        p95_ms=percentile(found, 0.95),
        p99_ms=percentile(found, 0.99),
        max_ms=found[-1] if found else 0.0,
    )


def achieved(samples: Iterable[Sample], seconds: float) -> int:
    """How many succeeded before the end of the measure, with one second for the last ones."""
    return sum(1 for s in samples if s.counts and not s.fault and s.end <= seconds + TAIL_SECONDS)


def faults(samples: Iterable[Sample]) -> dict[str, int]:
    """Each fault with how often it came, warm-up included: an error is an error."""
    found: dict[str, int] = {}
    for sample in samples:
        if sample.fault:
            name = f"{sample.operation} : {sample.fault}"
            found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items(), key=lambda item: -item[1]))
