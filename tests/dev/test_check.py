"""A bare machine is told in plain words what it lacks."""

from __future__ import annotations

import ctypes
import importlib.util
import platform
from collections.abc import Callable
from typing import Any

import pytest

from dev import check


def test_this_machine_lacks_nothing() -> None:
    assert check.missing_things() == []


@pytest.mark.parametrize(
    ("library", "package"), [("libcurl.so.4", "libcurl4"), ("libssl.so.3", "libssl3"), ("libcrypto.so.3", "libssl3")]
)
def test_a_missing_library_names_its_package(monkeypatch: pytest.MonkeyPatch, library: str, package: str) -> None:
    real: Callable[..., Any] = ctypes.CDLL

    def load(name: str) -> Any:
        return real("absent.so.0" if name == library else name)

    monkeypatch.setattr(ctypes, "CDLL", load)
    assert check.missing_things() == [f"System package missing: {package}. On Debian: apt install {package}"]


def test_a_python_without_venv_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else real(name))
    assert check.missing_things() == ["System package missing: python3-venv. On Debian: apt install python3-venv"]


def test_another_kind_of_machine_is_sent_to_compose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    (said,) = check.missing_things()
    assert "deploy/compose.yaml" in said
