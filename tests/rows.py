"""Which requirement rows are proved: `python -m tests.rows [DEP | DEP-24]`, `make rows`, `make rows ONLY=DEP`.

A row is proved when a test marked with it passed in its last recorded run and none failed; a test skipped (a tool is
missing) is no proof. Prints a line `DEP 12/65` per prefix, then its rows without proof. Exits 1 without a recorded
run, or when rows are named and one of them is not proved.
"""

from __future__ import annotations

import fcntl
import json
import sys
import textwrap
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).resolve().parent.parent
ROWS = ROOT / "docs" / "rows.toml"
RECORD = Path("out/rows.json")
WIDTH = 110
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Outcome(TypedDict):
    """What is kept of one test."""

    rows: list[str]
    outcome: str


@dataclass(frozen=True)
class Row:
    """One requirement, or one real case, as `docs/rows.toml` words it."""

    id: str
    text: str

    @property
    def prefix(self) -> str:
        """The family of the row: DEP, CCC, PAN, SUB, NOT, XCT or CASE."""
        return self.id.split("-", 1)[0]


@cache
def catalogue() -> tuple[Row, ...]:
    """Every row, in the order of the file."""
    with ROWS.open("rb") as file:
        read = tomllib.load(file)
    return tuple(Row(entry["id"], entry["text"]) for entry in [*read["row"], *read["case"]])


def known_ids() -> frozenset[str]:
    """The ids that a marker may name."""
    return frozenset(row.id for row in catalogue())


def recorded(root: Path = ROOT) -> dict[str, Outcome] | None:
    """The last outcome of each test of the tree `root`, by node id; None before the first run."""
    if not (root / RECORD).exists():
        return None
    tests: dict[str, Outcome] = json.loads((root / RECORD).read_text("utf-8"))["tests"]
    return tests


@dataclass(frozen=True)
class Run:
    """What one run saw: the rows of each collected test, the outcome of each test run, the files collected entirely."""

    marks: dict[str, list[str]]
    outcomes: dict[str, str]
    whole: set[str]


def merge(root: Path, run: Run) -> None:
    """Adds a run to the record of the tree `root`; several runs may end at once.

    Forgets the tests of a vanished file, and those that an entirely collected file no longer holds.
    """
    record = root / RECORD
    record.parent.mkdir(exist_ok=True)
    with record.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = {node: test for node, test in (recorded(root) or {}).items() if _exists(root, node, run)}
        for node, outcome in run.outcomes.items():
            kept[node] = Outcome(rows=run.marks[node], outcome=outcome)
        for node in kept.keys() & run.marks.keys():
            kept[node]["rows"] = run.marks[node]
        fresh = record.with_suffix(".new")
        marked = {node: kept[node] for node in sorted(kept) if kept[node]["rows"]}
        fresh.write_text(json.dumps({"tests": marked}, indent=1), "utf-8")
        fresh.replace(record)


def _exists(root: Path, node: str, run: Run) -> bool:
    file = node.split("::", 1)[0]
    return (root / file).exists() and (node in run.marks or file not in run.whole)


def proved(tests: dict[str, Outcome]) -> frozenset[str]:
    """The rows that a passed test proves and no failed test denies."""
    passed = {row for test in tests.values() if test["outcome"] == PASSED for row in test["rows"]}
    failed = {row for test in tests.values() if test["outcome"] == FAILED for row in test["rows"]}
    return frozenset(passed - failed)


def report(tests: dict[str, Outcome], only: str = "") -> tuple[list[str], bool]:
    """The lines to print and whether all the rows asked for are proved; `only` is a prefix or one id, empty for all."""
    asked = [row for row in catalogue() if only in ("", row.prefix, row.id)]
    have = proved(tests)
    lines = []
    for prefix in dict.fromkeys(row.prefix for row in asked):
        family = [row.id for row in asked if row.prefix == prefix]
        missing = [row for row in family if row not in have]
        lines.append(f"{prefix} {len(family) - len(missing)}/{len(family)}")
        lines += textwrap.wrap(
            " ".join(missing), WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
        )
    return lines, all(row.id in have for row in asked)


def main(argv: list[str]) -> int:
    """Prints the report; 0, or 1 when something asked for is not proved."""
    only = argv[0].upper() if argv else ""
    tests = recorded()
    if tests is None:
        print("no run is recorded in out/rows.json: run the tests first (make test)")
        return 1
    if only and not any(only in (row.prefix, row.id) for row in catalogue()):
        print(f"{only}: neither a prefix nor a row of docs/rows.toml")
        return 1
    lines, complete = report(tests, only)
    print("\n".join(lines))
    return 0 if complete or not only else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
