"""The protos: lint as buf's STANDARD and COMMENTS say, and no break against the last released image."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.architecture import tree

PROTO = tree.ROOT / "proto"


def buf(*args: str) -> str:
    """What buf has to say, empty when all is well."""
    program = Path(sys.executable).with_name("buf")
    done = subprocess.run([program, *args], cwd=PROTO, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip() if done.returncode else ""


def test_the_protos_are_linted() -> None:
    """Names, packages, enums, and a comment on every element."""
    assert buf("lint") == ""


def test_nothing_published_is_broken() -> None:
    """Field numbers, names and types of `released.binpb` stay: add, then retire."""
    assert buf("breaking", "--against", "released.binpb") == ""
