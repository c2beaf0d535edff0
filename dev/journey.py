"""`make journey`: three real cases played on a fresh stack; their timelines are printed, their papers kept.

Public interfaces only; the legal clock is stepped. Exit 1 when a case finds a gap in rights or a dead end.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from dev.environment import REPOSITORY
from dev.parcours import case_04, case_08, case_41
from dev.parcours.monde import Monde
from dev.stack import Stack

CASES = (case_08, case_04, case_41)
OUT = REPOSITORY / "out" / "journey"


def main() -> int:
    """Plays every case; returns how many failed."""
    shutil.rmtree(OUT, ignore_errors=True)
    failed = 0
    with tempfile.TemporaryDirectory() as data, Stack(Path(data)) as stack:
        monde = Monde(stack)
        for case in CASES:
            try:
                print(case.play(monde, OUT).text(), flush=True)
            except AssertionError as gap:
                failed += 1
                print(f"{case.__name__} : {gap}", file=sys.stderr, flush=True)
    print(f"Documents : {OUT.relative_to(REPOSITORY)}/", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
