"""A copy of the rule pack that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from droit.catalogue import ROOT

Edit = Callable[[str, str, str], None]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The whole rule pack, copied."""
    root = tmp_path / "droit"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("*.py", "__pycache__", "catalogue"))
    return root


@pytest.fixture
def edit(pack: Path) -> Edit:
    """Replaces one piece of text, which must be there, in a file of the copy."""

    def replace(file: str, old: str, new: str) -> None:
        path = pack / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} no longer holds {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace
