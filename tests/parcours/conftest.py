"""What journeys share: one world over the one stack; a code of an agent serves once, so that each signs in once."""

from __future__ import annotations

import pytest

from dev.parcours.monde import Monde
from dev.stack import Stack


@pytest.fixture(scope="session")
def monde(stack: Stack) -> Monde:
    """The running stack, as a story sees it."""
    return Monde(stack)
