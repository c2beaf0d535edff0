"""What journeys share: one world over the one stack; a code of an agent serves once, so that each signs in once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dev.parcours.monde import Monde
from dev.stack import Stack


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole system, one for all journeys; its legal clock starts today, stands still and moves only forward.

    It ends with the last of them: idle, it would slow what comes after.
    """
    with Stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="package")
def monde(stack: Stack) -> Monde:
    """The running stack, as a story sees it."""
    return Monde(stack)
