"""The two overlays, rendered once by the kubectl of the locked wheel; each test gets a copy that it may break."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import pytest

from deploy.check import OVERLAYS, overlay
from deploy.cluster import Cluster

Objects = list[dict[str, Any]]


class Broken(Protocol):
    """An overlay after a change that somebody might commit."""

    def __call__(self, change: Callable[[Objects], None], name: str = "prod") -> Cluster: ...


@pytest.fixture(scope="session")
def clusters() -> dict[str, Cluster]:
    """What each overlay renders to."""
    return {name: overlay(name) for name in OVERLAYS}


@pytest.fixture
def broken(clusters: dict[str, Cluster]) -> Broken:
    """A copy of an overlay, changed."""

    def apply(change: Callable[[Objects], None], name: str = "prod") -> Cluster:
        objects: Objects = copy.deepcopy([dict(thing) for thing in clusters[name].objects])
        change(objects)
        return replace(clusters[name], objects=tuple(objects))

    return apply
