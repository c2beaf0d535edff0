"""The marks that our decorators write on a view and that the hooks around it read, in one typed list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast


@dataclass(frozen=True)
class Admits:
    """Whom a view lets in: these kinds (any signed-in one when none is named) and, of agents, those with a role."""

    kinds: tuple[str, ...]
    roles: tuple[str, ...]


class Marked(Protocol):
    """A view with its marks; a mark that no decorator wrote is absent."""

    admits: Admits
    without_key: bool
    key_in_aggregate: bool
    max_body_bytes: int
    rank: Any


def mark(view: Callable[..., Any]) -> Marked:
    """The same view, to write a mark on."""
    return cast(Marked, view)
