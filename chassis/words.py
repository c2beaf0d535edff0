"""A web or an rpc tells the workers of its service what it has just written: a word on the broker, kept by nobody.

The broker lets this user say words and nothing else. Without an address, or while the broker is away, nothing is said:
the worker finds it at its next look.
"""

from __future__ import annotations

import asyncio
import threading

from nats.aio.client import Client as Nats
from nats.errors import Error as NatsError

from chassis import bus, logs, wake
from chassis.settings import Settings


def subject(service: str) -> str:
    """Where the words of a service are said; outside of every stream."""
    return f"reveil.{service}"


def payload(names: frozenset[str]) -> bytes:
    """Names as a word carries them."""
    return " ".join(sorted(names)).encode()


def read(word: bytes) -> frozenset[str]:
    """The names that a word carries."""
    return frozenset(word.decode(errors="replace").split())


class Speaker:
    """Says each name that this process leaves work under, from a thread of its own: no request waits for the broker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._names: frozenset[str] = frozenset()
        self._connection: Nats | None = None
        self._loop = asyncio.new_event_loop()

    def start(self) -> None:
        """Connects, and says what this process writes from here on."""
        threading.Thread(target=self._run, name="words", daemon=True).start()
        wake.listen(self._hear)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.create_task(self._connect())
        self._loop.run_forever()

    async def _connect(self) -> None:
        while self._connection is None:
            try:
                self._connection = await bus.connect(self._settings, self._settings.reveil_url)
            except (NatsError, OSError, TimeoutError) as error:
                logs.get().info("words.silent", error=type(error).__name__)
                await asyncio.sleep(5)

    def _hear(self, names: frozenset[str]) -> None:
        """Names that come while a word is on its way go with it."""
        with self._lock:
            waiting, self._names = self._names, self._names | names
        if not waiting:
            self._loop.call_soon_threadsafe(lambda: self._loop.create_task(self._say()))

    async def _say(self) -> None:
        with self._lock:
            names, self._names = self._names, frozenset()
        if self._connection is None or not self._connection.is_connected:
            return
        try:
            await self._connection.publish(subject(self._settings.service), payload(names))
        except (NatsError, OSError) as error:
            logs.get().info("words.unsaid", error=type(error).__name__)
