"""Who leaves work says its name, and whoever does this work looks at once instead of asking the store all the time.

A name is that of the collection written, or of a kind of work (`due.NAME`). A name that gets lost costs the pause until
the next look of `chassis/lead.py`, and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

_listeners: list[Callable[[frozenset[str]], object]] = []


def say(*names: str) -> None:
    """Says that there is work under these names, from any thread."""
    if names:
        for hear in _listeners:
            hear(frozenset(names))


def listen(hear: Callable[[frozenset[str]], object]) -> None:
    """Has `hear` called with each name that this process says; it is called in the thread of who speaks."""
    _listeners.append(hear)


def stop_listening(hear: Callable[[frozenset[str]], object]) -> None:
    """Ends what `listen` began."""
    if hear in _listeners:
        _listeners.remove(hear)


class Call:
    """What one kind of work was called for since it last looked; for the event loop alone."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.event = asyncio.Event()
        self._said: set[str] = set()

    def take(self) -> frozenset[str]:
        """The names said since the last time."""
        self.event.clear()
        said, self._said = frozenset(self._said), set()
        return said

    def again(self) -> None:
        """Calls once more for everything."""
        self.hear(self.names)

    def hear(self, names: frozenset[str]) -> None:
        """Notes those of the names that concern it."""
        if mine := names & self.names:
            self._said |= mine
            self.event.set()


class Calls:
    """Every kind of work of a process, and what it waits for."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def of(self, names: Iterable[str]) -> Call:
        """What a kind of work waits on."""
        call = Call(frozenset(names))
        self._calls.append(call)
        return call

    def hear(self, names: frozenset[str]) -> None:
        """Passes names on, from the thread of the loop."""
        for call in self._calls:
            call.hear(names)
