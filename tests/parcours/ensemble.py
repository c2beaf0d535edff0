"""Cases lived together on one legal clock: each says how long it waits, and the clock jumps once for all who wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dev.parcours.monde import Monde

# A case yields the legal days it waits; 0 waits only until nothing is under way any more.
Cas = Callable[[Monde], Iterator[int]]


@dataclass
class _Vie:
    """A case under way: the day on which it goes on."""

    nom: str
    suite: Iterator[int]
    jour: date


def live(monde: Monde, cases: Mapping[str, Cas]) -> dict[str, BaseException | None]:
    """Lives every case to its end; gives what ended each one: nothing, or what it raised (it stops no other)."""
    ends: dict[str, BaseException | None] = {}
    under_way = [_Vie(nom, cas(monde), monde.today) for nom, cas in cases.items()]
    while under_way:
        day = min(vie.jour for vie in under_way)
        # Setting the day on which the clock already stands waits until all is quiet.
        monde.stack.clock.set(max(day, monde.today), direct=True)
        for vie in [vie for vie in under_way if vie.jour == day]:
            try:
                vie.jour = monde.today + timedelta(days=next(vie.suite))
            except StopIteration:
                ends[vie.nom] = None
                under_way.remove(vie)
            except Exception as failure:  # of one case: the test of its name raises it again
                ends[vie.nom] = failure
                under_way.remove(vie)
    return ends
