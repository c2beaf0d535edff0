"""Which clauses of the requirements are proved: `make rows`, `make rows ONLY=DEP` (or DEP-24, or DEP-24/a).

A clause is proved when a test marked with it passed in its last recorded run and none failed; a test skipped (a tool is
missing) is no proof. Prints per prefix the clauses proved and the rows proved entirely, then the clauses without
proof. Exits 1 without a recorded run, or when something is asked for and one of its clauses is not proved.
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
ROWS = ROOT / "docs" / "rows"
FAMILIES = ("dep", "ccc", "pan", "sub", "not", "xct", "case")
RECORD = Path("out/rows.json")
WIDTH = 110
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class Outcome(TypedDict):
    """What is kept of one test."""

    clauses: list[str]
    outcome: str


@dataclass(frozen=True)
class Clause:
    """One thing that a person can see or do."""

    id: str
    text: str


@dataclass(frozen=True)
class Row:
    """One requirement, or one real case, as `docs/rows` words it."""

    id: str
    text: str
    clauses: tuple[Clause, ...]
    retired: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """The family of the row: DEP, CCC, PAN, SUB, NOT, XCT or CASE."""
        return self.id.split("-", 1)[0]

    def asked(self, only: str) -> tuple[Clause, ...]:
        """Its clauses that `only` names: all of them for its prefix, its id or nothing, else one."""
        if only in ("", self.prefix, self.id):
            return self.clauses
        return tuple(clause for clause in self.clauses if clause.id == only)


@cache
def catalogue() -> tuple[Row, ...]:
    """Every row, in the order of the families and of their files."""
    return tuple(row for family in FAMILIES for row in _read(ROWS / f"{family}.toml"))


def _read(path: Path) -> list[Row]:
    with path.open("rb") as file:
        tables = tomllib.load(file)
    return [
        Row(
            id=entry["id"],
            text=entry["text"],
            clauses=tuple(Clause(f"{entry['id']}/{letter}", text) for letter, text in entry.get("clauses", {}).items()),
            retired=tuple(entry.get("retired", ())),
        )
        for entry in [*tables.get("row", []), *tables.get("case", [])]
    ]


@cache
def clause_ids() -> frozenset[str]:
    """The ids that a `clause` marker may name."""
    return frozenset(clause.id for row in catalogue() for clause in row.clauses)


def recorded(root: Path = ROOT) -> dict[str, Outcome] | None:
    """The last outcome of each test of the tree `root`, by node id; None before the first run."""
    if not (root / RECORD).exists():
        return None
    tests: dict[str, Outcome] = json.loads((root / RECORD).read_text("utf-8"))["tests"]
    return {node: test for node, test in tests.items() if "clauses" in test}


@dataclass(frozen=True)
class Run:
    """What one run saw: the clauses of each test collected, the outcome of each test run, the files collected whole."""

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
            kept[node] = Outcome(clauses=run.marks[node], outcome=outcome)
        for node in kept.keys() & run.marks.keys():
            kept[node]["clauses"] = run.marks[node]
        fresh = record.with_suffix(".new")
        marked = {node: kept[node] for node in sorted(kept) if kept[node]["clauses"]}
        fresh.write_text(json.dumps({"tests": marked}, indent=1), "utf-8")
        fresh.replace(record)


def _exists(root: Path, node: str, run: Run) -> bool:
    file = node.split("::", 1)[0]
    return (root / file).exists() and (node in run.marks or file not in run.whole)


def proved(tests: dict[str, Outcome]) -> frozenset[str]:
    """The clauses that a passed test proves and no failed test denies."""
    passed = {clause for test in tests.values() if test["outcome"] == PASSED for clause in test["clauses"]}
    failed = {clause for test in tests.values() if test["outcome"] == FAILED for clause in test["clauses"]}
    return frozenset(passed - failed)


def report(tests: dict[str, Outcome], only: str = "") -> tuple[list[str], bool]:
    """The lines to print and whether each clause asked for is proved; `only` is a prefix, a row, a clause, or empty."""
    asked = {row: clauses for row in catalogue() if (clauses := row.asked(only))}
    have = proved(tests)
    lines = []
    for prefix in dict.fromkeys(row.prefix for row in asked):
        family = {row: clauses for row, clauses in asked.items() if row.prefix == prefix}
        lines.append(_count(family, have))
        for clauses in family.values():
            lines += [line for clause in clauses if clause.id not in have for line in _wrapped(clause)]
    return lines, all(clause.id in have for clauses in asked.values() for clause in clauses)


def _count(family: dict[Row, tuple[Clause, ...]], have: frozenset[str]) -> str:
    """One line of figures: clauses proved of those asked for, then rows of which every clause is proved."""
    clauses = [clause.id for asked in family.values() for clause in asked]
    entire = [row for row in family if {clause.id for clause in row.clauses} <= have]
    prefix = next(iter(family)).prefix
    return f"{prefix} {len(have.intersection(clauses))}/{len(clauses)} clauses, {len(entire)}/{len(family)} rows"


def _wrapped(clause: Clause) -> list[str]:
    first = f"  {clause.id:<10} "
    return textwrap.wrap(clause.text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first))


def main(argv: list[str]) -> int:
    """Prints the report; 0, or 1 when something asked for is not proved."""
    prefix, *rest = argv[0].split("/") if argv else [""]
    only = "/".join([prefix.upper(), *(letter.lower() for letter in rest)])
    tests = recorded()
    if tests is None:
        print("no run is recorded in out/rows.json: run the tests first (make test)")
        return 1
    if not any(row.asked(only) for row in catalogue()):
        print(f"{only}: neither a prefix, nor a row, nor a clause of docs/rows/")
        return 1
    lines, complete = report(tests, only)
    print("\n".join(lines))
    return 0 if complete or not only else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
