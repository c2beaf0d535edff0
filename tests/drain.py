"""What a worker does until nothing is left, at once and without a worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from chassis import commands as stored
from chassis import due, mongo, relay
from chassis.rpc import Client
from chassis.service import Service

Entries = list[dict[str, Any]]


class Sent:
    """A broker that takes everything: what was published, in order."""

    def __init__(self) -> None:
        self.facts: Entries = []

    async def __call__(self, entries: Entries) -> set[str]:
        self.facts += entries
        return {entry["event_id"] for entry in entries}


async def in_a_thread(function: Callable[..., Any], *args: Any) -> Any:
    """Blocking work, in a thread as the worker does."""
    return await asyncio.to_thread(function, *args)


def empty(sender: relay.Relay) -> int:
    """Runs a relay until nothing leaves any more; how many entries left."""

    async def until_empty() -> int:
        total = 0
        while sent := await sender.run_once():
            total += sent
        return total

    return asyncio.run(until_empty())


def outboxes(service: Service) -> Sent:
    """Empties the outboxes of a service into `faits` and its stored commands; what it published."""
    sent = Sent()
    empty(relay.Relay(mongo.database(service.name), service.aggregates, sent, in_a_thread))
    return sent


def commands(service: Service, client: Client) -> None:
    """What leaves by the outboxes, then the commands that wait."""
    outboxes(service)
    stored.run_pending(mongo.database(service.name), client, service.replies)


def due_work(table: due.Due, *more: Callable[[], object]) -> None:
    """What is due on this legal day, and what it makes due."""
    while due.run_due(table) or any(work() for work in more):
        pass
