"""gunicorn's worker of threads, which also says how long each request waited for one of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from chassis import clock
from chassis.web.admission import waiting


class Pool(ThreadPoolExecutor):
    """Threads that know how long what they do now had waited."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As its parent does."""
        entered = clock.monotonic()

        def work() -> Any:
            waiting.seconds = clock.monotonic() - entered
            return fn(*args, **kwargs)

        return super().submit(work)


class Worker(ThreadWorker):  # type: ignore[misc]
    """Its threads come from a pool that counts."""

    def get_thread_pool(self) -> Pool:
        """gunicorn's own place for another pool."""
        return Pool(max_workers=self.cfg.threads)
