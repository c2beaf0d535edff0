"""The marks that our decorators write on a view and that the hooks around it read, in one typed list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast


class Marked(Protocol):
    """A view with its marks; a mark that no decorator wrote is absent."""

    without_key: bool
    max_body_bytes: int


def mark(view: Callable[..., Any]) -> Marked:
    """The same view, to write a mark on."""
    return cast(Marked, view)
