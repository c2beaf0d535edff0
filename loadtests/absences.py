"""A service that is away in a phase of the run: killed when the phase begins, back when it ends."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType

from chassis import clock
from dev.stack import Stack
from loadtests.shapes import Span

# How long a service takes to start: it is begun so long before the phase ends.
STARTING_SECONDS = 15.0


class Absences:
    """Keeps services down in the phases that say so, from a thread of its own; on leaving, all are back."""

    def __init__(self, stack: Stack, spans: Sequence[Span], start: float) -> None:
        self._stack, self._start = stack, start
        self._spans = [span for span in spans if span.phase.away]
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="absences", daemon=True)

    def __enter__(self) -> Absences:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _keep(self) -> None:
        for span in self._spans:
            if self._done.wait(max(0.0, self._start + span.start - clock.monotonic())):
                return
            processes = [(span.phase.away, kind) for kind in self._stack.place.processes]
            for process in processes:
                self._stack.keep_down(*process)
            self._done.wait(max(0.0, self._start + span.end - STARTING_SECONDS - clock.monotonic()))
            for process in processes:
                self._stack.start_process(*process)
