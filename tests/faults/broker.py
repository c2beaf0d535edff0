"""What the broker holds, asked from outside as its operator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import nats
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from tests.faults.world import Run


def with_broker(run: Run, work: Callable[[JetStreamContext], Any]) -> Any:
    async def connected() -> Any:
        connection = await nats.connect(run.world.stack.nats_url)
        try:
            return await work(connection.jetstream())
        finally:
            await connection.close()

    return asyncio.run(connected())


def set_window(run: Run, seconds: float) -> None:
    async def change(js: JetStreamContext) -> None:
        config = (await js.stream_info("DEPOSIT")).config
        # The server rearms its timer as it takes a change, sometimes still by the window before: a second change makes
        # it look again, by the first one at least.
        for window in (2 * seconds, seconds):
            config.duplicate_window = window
            await js.update_stream(config)

    with_broker(run, change)


def published_events(run: Run) -> list[str]:
    """The event ids in the stream, with repeats."""

    async def read(js: JetStreamContext) -> list[str]:
        state = (await js.stream_info("DEPOSIT")).state
        found = []
        for sequence in range(state.first_seq, state.last_seq + 1):
            try:
                found.append((await js.get_msg("DEPOSIT", sequence)).headers["Nats-Msg-Id"])
            except (NotFoundError, KeyError, TypeError):
                continue
        return found

    return list(with_broker(run, read))


def published_twice(run: Run, events: list[str]) -> bool:
    copies = published_events(run)
    return all(copies.count(event) >= 2 for event in events)
