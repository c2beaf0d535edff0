"""Facts of other services as the consumer of pan gets them."""

from __future__ import annotations

from chassis import clock
from chassis.inbox import Meta


def meta(subject: str, parcours: str, version: int = 1) -> Meta:
    """What travels beside a fact."""
    return Meta(clock.new_id(), subject, "agregat", version, parcours, clock.today(), clock.now())
