"""The rows tool: only a passed test proves a clause, and an unknown clause stops the run."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import rows
from tests.architecture import tree

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SENTENCE = re.compile(r"\S[^\n]*\S\.(?: »)?")
SAMPLE = """
import pytest

@pytest.mark.clause("DEP-01/a", "DEP-01/b")
def test_two_clauses(): assert True

@pytest.mark.clause("DEP-03/a")
@pytest.mark.parametrize("good", [True, False])
def test_half(good): assert good

@pytest.mark.clause("DEP-04/a")
def test_without_its_tool(): pytest.skip("no such tool here")
"""
A = 'import pytest\n@pytest.mark.clause("DEP-01/a")\ndef test_a(): pass\n'
B = 'import pytest\n@pytest.mark.clause("DEP-02/a")\ndef test_new(): pass\n'


def run(tree: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Pytest with our plugin, over a tree of its own."""
    (tree / "pytest.ini").write_text("[pytest]\naddopts = -p tests.plugin --strict-markers -p no:cacheprovider\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *args],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(rows.ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def proved_in(tree: Path) -> set[str]:
    """What the record of that tree proves."""
    return set(rows.proved(rows.recorded(tree) or {}))


def test_only_a_passed_test_proves_a_clause(tmp_path: Path) -> None:
    """A skip is no proof, and one failure denies what another test proves."""
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    run(tmp_path)

    assert proved_in(tmp_path) == {"DEP-01/a", "DEP-01/b"}


@pytest.mark.parametrize("id", ["DEP-01", "DEP-1/a", "DEP-01/zz"])
def test_a_misspelt_clause_stops_the_run(tmp_path: Path, id: str) -> None:
    """The message names the test and the id, and no test runs."""
    (tmp_path / "test_sample.py").write_text(f'import pytest\n@pytest.mark.clause("{id}")\ndef test_x(): pass\n')
    done = run(tmp_path)

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"test_sample.py::test_x: {id}" in done.stderr
    assert rows.recorded(tmp_path) is None


def test_runs_merge_and_vanished_tests_are_forgotten(tmp_path: Path) -> None:
    """A narrow run keeps what others proved; a test or a file that is gone proves nothing."""
    (tmp_path / "test_a.py").write_text(A)
    (tmp_path / "test_b.py").write_text(SAMPLE)
    run(tmp_path)
    run(tmp_path, "test_b.py::test_two_clauses")
    assert proved_in(tmp_path) == {"DEP-01/a", "DEP-01/b"}

    (tmp_path / "test_b.py").write_text(B)
    run(tmp_path, "test_b.py", "-k", "test_new")
    assert proved_in(tmp_path) == {"DEP-01/a", "DEP-02/a"}

    (tmp_path / "test_a.py").unlink()
    run(tmp_path)
    assert proved_in(tmp_path) == {"DEP-02/a"}


def test_the_report_counts_by_prefix_and_lists_what_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line per prefix, then the words of each clause without proof; something asked for must be proved entirely."""
    sample = (
        rows.Row("DEP-24", "", (rows.Clause("DEP-24/a", "An API begins."), rows.Clause("DEP-24/b", "It is shown."))),
        rows.Row("DEP-25", "", (rows.Clause("DEP-25/a", "A date is kept."),)),
        rows.Row("CCC-01", "", (rows.Clause("CCC-01/a", "A ticket has a number."),)),
    )
    monkeypatch.setattr(rows, "catalogue", lambda: sample)
    tests: dict[str, rows.Outcome] = {"t": {"clauses": ["DEP-24/a", "DEP-25/a"], "outcome": rows.PASSED}}

    assert rows.report(tests) == (
        [
            "DEP 2/3 clauses, 1/2 rows",
            "  DEP-24/b   It is shown.",
            "CCC 0/1 clauses, 0/1 rows",
            "  CCC-01/a   A ticket has a number.",
        ],
        False,
    )
    assert rows.report(tests, "DEP-24") == (["DEP 1/2 clauses, 0/1 rows", "  DEP-24/b   It is shown."], False)
    assert rows.report(tests, "DEP-24/a") == (["DEP 1/1 clauses, 0/1 rows"], True)
    assert rows.report(tests, "DEP-25") == (["DEP 1/1 clauses, 1/1 rows"], True)


def test_every_row_of_the_requirements_is_there() -> None:
    """162 rows and 53 cases, each id once, each in the file of its family."""
    ids = [row.id for row in rows.catalogue()]
    counts = {family: sum(id.startswith(f"{family.upper()}-") for id in ids) for family in rows.FAMILIES}

    assert counts == {"dep": 65, "ccc": 21, "pan": 19, "sub": 22, "not": 12, "xct": 23, "case": 53}
    assert len(ids) == len(set(ids)) == 162 + 53


def test_every_row_is_cut_into_clauses() -> None:
    """A row without clause could not be proved."""
    assert [row.id for row in rows.catalogue() if not row.clauses] == []


def test_clauses_follow_the_alphabet() -> None:
    """Letters come in order and without a gap, a retired one keeping its place."""
    alphabet = [*LETTERS, *(f"a{letter}" for letter in LETTERS)]
    wrong = []
    for row in rows.catalogue():
        letters = [clause.id.split("/")[1] for clause in row.clauses]
        kept = [letter for letter in alphabet[: len(letters) + len(row.retired)] if letter not in row.retired]
        if letters != kept:
            wrong.append(row.id)

    assert wrong == []


def test_a_clause_is_a_sentence() -> None:
    """It stands alone and ends with a full stop."""
    wrong = [clause.id for row in rows.catalogue() for clause in row.clauses if not SENTENCE.fullmatch(clause.text)]

    assert wrong == []


def marked() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Each test that proves a clause, with where it stands."""
    for path in tree.files("tests"):
        for node in ast.walk(tree.parse(path)):
            if isinstance(node, ast.FunctionDef) and any("mark.clause" in ast.unparse(d) for d in node.decorator_list):
                yield f"{tree.name(path)}::{node.name}", node


def test_a_test_that_proves_a_clause_asserts_something() -> None:
    """It fails by itself: an assertion, an expected refusal, a condition waited for, or the failure of a journey."""
    silent = [where for where, test in marked() if not any(_can_fail(node) for node in ast.walk(test))]

    assert silent == []


def _can_fail(node: ast.AST) -> bool:
    called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    return isinstance(node, ast.Assert | ast.Raise) or called in ("pytest.raises", "wait_until")
