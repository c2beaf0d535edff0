"""A stack of two small services, for what the stack itself promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.stack import Stack

MONDE = Path(__file__).parent / "monde"


@pytest.fixture(scope="session")
def petite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """MongoDB, NATS, the front, the sinks, the home page and the small services."""
    with Stack(tmp_path_factory.mktemp("petite"), root=MONDE) as running:
        yield running
