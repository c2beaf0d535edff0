"""One JSON line per request or event: a dotted fact and fields, nothing personal."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog


class Lines:
    """One call of the system for a line, and no lock around it: threads that log do not wait for each other.

    What is written at once to a file opened for appending, or to a pipe up to 4 096 bytes, is not mixed with another's.
    """

    def msg(self, line: str) -> None:
        """Writes the line whole."""
        left = f"{line}\n".encode("utf-8", "backslashreplace")
        while left:
            left = left[os.write(sys.stderr.fileno(), left) :]

    debug = info = warning = error = critical = msg


def configure(service: str, process: str) -> None:
    """Sets structlog up for this process; the standard library's loggers end in the same stream."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format='{"event":"%(name)s","level":"%(levelname)s"}')
    named = {"service": service, "process": process}

    def name(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Every thread says who speaks; context variables would only know in the thread that set them."""
        return {**named, **event}

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            name,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: Lines(),
        cache_logger_on_first_use=True,
    )


def get() -> structlog.typing.FilteringBoundLogger:
    """The process's logger."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger
