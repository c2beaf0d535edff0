"""What is told to many yields to what one person does: so many at a time, fewer while acts wait to leave."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from chassis.mongo import Aggregate, tally
from chassis.relay import UNSENT
from chassis.settings import whole_number

TOLD_A_SECOND = 20
Telling = Callable[[int], int]


def told_a_second(environ: Mapping[str, str] | None = None) -> int:
    """How many persons at most a service tells of an outage or a campaign in a second: `ANNONCES_PAR_SECONDE`."""
    return max(1, whole_number(os.environ if environ is None else environ, "ANNONCES_PAR_SECONDE", TOLD_A_SECOND))


def yielding(documents: tuple[type[Aggregate], ...], most: int, *tellings: Telling) -> int:
    """Goes on with the first telling that has somebody left, for `most` persons less the acts that wait.

    Returns whether somebody was told.
    """
    waiting = sum(tally(documents, UNSENT, most).values())
    room = most - waiting
    return int(room > 0 and any(telling(room) for telling in tellings))
