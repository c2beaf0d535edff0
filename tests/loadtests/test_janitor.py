"""Uploads go as they come."""

from __future__ import annotations

import os
from pathlib import Path

from chassis import clock
from loadtests.janitor import Janitor


def aged(path: Path, seconds: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * 100)
    then = clock.now().timestamp() - seconds
    os.utime(path, (then, then))
    return path


def test_old_files_go_and_those_being_received_stay(tmp_path: Path) -> None:
    old, young = aged(tmp_path / "ab" / "old", 60), aged(tmp_path / "partiels" / "young", 0)
    janitor = Janitor(tmp_path)
    janitor.sweep()
    assert not old.exists() and young.exists()
    assert (janitor.deleted, janitor.bytes) == (1, 100)


def test_at_the_end_nothing_is_left(tmp_path: Path) -> None:
    young = aged(tmp_path / "ab" / "young", 0)
    with Janitor(tmp_path):
        pass
    assert not young.exists()
