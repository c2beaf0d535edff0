"""What the tests of the chassis share: keys, and an empty database of `deposit` and `notify`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chassis.settings import Settings
from tests.chassis.core import monde


@pytest.fixture(scope="session")
def cles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of keys for all services."""
    return tmp_path_factory.mktemp("cles")


@pytest.fixture
def settings_of(mongo: Any, cles: Path) -> Callable[..., Settings]:
    """Settings of a service on the real MongoDB."""
    return lambda service, **more: monde.settings_for(service, cles, mongo.uri, **more)


@pytest.fixture
def deposit(settings_of: Callable[..., Settings]) -> Any:
    """The empty database of `deposit`, with the jar's indexes."""
    return monde.open_database(settings_of("deposit"), monde.Bocal)


@pytest.fixture
def notify(settings_of: Callable[..., Settings]) -> Any:
    """The empty database of `notify`, who listens."""
    return monde.open_database(settings_of("notify"))
