"""How the load goes through a run: shapes of a year that an SRE knows, each a row of phases.

A phase multiplies the rate that was asked for. What a phase breaks on purpose is not judged in it, and everything else
is: the others must not notice. No document gives these curves: they are assumptions of these tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.arrivals import Schedule
from loadtests.mix import driven


@dataclass(frozen=True)
class Phase:
    """A share of the measure, at `times` the rate of `operations` (all of them when empty).

    `away`: a service that is kept down meanwhile. `spared`: operations that are not judged here.
    """

    libelle: str
    share: float
    times: float = 1.0
    operations: frozenset[str] = frozenset()
    away: str = ""
    spared: frozenset[str] = frozenset()

    def rate(self, operation: str, rate: float) -> float:
        """Arrivals a second of an operation whose rate is otherwise `rate`."""
        return rate * self.times if not self.operations or operation in self.operations else rate


@dataclass(frozen=True)
class Span:
    """A phase with its seconds from the start of the measure. The first one begins with the warm-up."""

    phase: Phase
    start: float
    end: float

    def holds(self, instant: float) -> bool:
        """Whether an instant of the measure is in it."""
        return self.start <= instant < self.end


def of_service(service: str) -> frozenset[str]:
    """The operations that go to a service."""
    return frozenset(part.operation for part in driven() if part.service == service)


DEPOSIT, CENTRE = of_service("deposit"), of_service("ccc")
# From eight in the morning, an hour each.
HOURS = (0.35, 0.8, 1.0, 1.0, 0.7, 0.55, 0.85, 0.95, 0.8, 0.45)

SHAPES: dict[str, tuple[Phase, ...]] = {
    "palier": (Phase("au même débit", 1.0),),
    "journee": tuple(Phase(f"{8 + hour} h", 1 / len(HOURS), times) for hour, times in enumerate(HOURS)),
    "rentree": (
        Phase("fin août", 0.15, 0.25),
        Phase("premiers jours", 0.15, 0.5),
        Phase("on se presse", 0.15, 0.75),
        Phase("rentrée", 0.4, 1.0),
        Phase("après", 0.15, 0.5),
    ),
    "panne": (
        Phase("avant", 0.2),
        Phase("deposit absent", 0.35, 0.0, DEPOSIT, away="deposit"),
        # Those who could not come and those who come now.
        Phase("tous à la fois", 0.15, 2.5, DEPOSIT, spared=DEPOSIT),
        Phase("après", 0.3),
    ),
    "canal": (
        Phase("comme d’habitude", 0.5),
        Phase("centre de contact à 7 fois", 0.5, 7.0, CENTRE, spared=CENTRE),
    ),
}


def spans(shape: str, warm_up: float, seconds: float) -> tuple[Span, ...]:
    """The phases of a shape over a measure of so many seconds; the warm-up is like the first."""
    found: list[Span] = []
    elapsed = 0.0
    for phase in SHAPES[shape]:
        end = elapsed + phase.share * seconds
        found.append(Span(phase, elapsed if found else -warm_up, end))
        elapsed = end
    return tuple(found)


def schedules(spans: Sequence[Span], rates: dict[str, float]) -> list[Schedule]:
    """One schedule for each operation of each phase, spread so that they do not all start on the same instant."""
    count = len(rates)
    return [
        Schedule(
            operation,
            span.phase.rate(operation, rate),
            span.start,
            span.end,
            phase=(rank + 0.5) / count,
            judged=operation not in span.phase.spared,
        )
        for span in spans
        for rank, (operation, rate) in enumerate(rates.items())
    ]
