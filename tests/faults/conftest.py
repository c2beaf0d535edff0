"""One running system for all the faults; the long ones run when `tests/faults` is asked for (`make test-faults`).

`make test` runs the short part alone: what is marked `long` is left out unless the command names this folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.world import World, running

FOLDER = Path(__file__).parent
SHORT_SERVICES = ("deposit", "notify")


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker."""
    config.addinivalue_line("markers", "long: faults that take minutes, run by `make test-faults`")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is long, unless somebody asked for the faults."""
    asked = [(config.invocation_params.dir / argument.split("::", 1)[0]).resolve() for argument in config.args]
    if any(path == FOLDER or FOLDER in path.parents for path in asked):
        return
    long = [item for item in items if FOLDER in item.path.parents and item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[World]:
    """The system: every service when the long faults run, else the two that a filing and its receipt need.

    `FAULTS_SERVICES=deposit,notify` chooses others.
    """
    whole = any(item.get_closest_marker("long") for item in request.session.items)
    chosen = tuple(filter(None, os.environ.get("FAULTS_SERVICES", "").split(",")))
    with running(tmp_path_factory.mktemp("fautes"), chosen or (None if whole else SHORT_SERVICES)) as found:
        yield found
