"""What is told to many yields to what one person does: so many at a time, fewer while acts wait to leave."""

from __future__ import annotations

from collections.abc import Callable

from chassis.mongo import Aggregate, tally
from chassis.relay import UNSENT

Telling = Callable[[int], int]


def yielding(documents: tuple[type[Aggregate], ...], most: int, *tellings: Telling) -> int:
    """Goes on with the first telling that has somebody left, for `most` persons less the acts that wait.

    Returns whether somebody was told.
    """
    waiting = sum(tally(documents, UNSENT, most).values())
    room = most - waiting
    return int(room > 0 and any(telling(room) for telling in tellings))
