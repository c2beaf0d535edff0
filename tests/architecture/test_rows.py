"""The rows tool: only a passed test proves a row, and an unknown row stops the run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import rows

SAMPLE = """
import pytest

@pytest.mark.row("DEP-01", "DEP-02")
def test_two_rows(): assert True

@pytest.mark.row("DEP-03")
@pytest.mark.parametrize("good", [True, False])
def test_half(good): assert good

@pytest.mark.row("CCC-01")
def test_without_its_tool(): pytest.skip("no such tool here")

@pytest.mark.row("CASE-04")
def test_a_case(): assert True
"""


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


def test_only_a_passed_test_proves_a_row(tmp_path: Path) -> None:
    """A skip is no proof, and one failure denies what another test proves."""
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    run(tmp_path)

    assert proved_in(tmp_path) == {"DEP-01", "DEP-02", "CASE-04"}


def test_a_misspelt_row_stops_the_run(tmp_path: Path) -> None:
    """The message names the test and the id, and no test runs."""
    (tmp_path / "test_sample.py").write_text('import pytest\n@pytest.mark.row("DEP-1")\ndef test_x(): pass\n')
    done = run(tmp_path)

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "test_sample.py::test_x: DEP-1" in done.stderr
    assert rows.recorded(tmp_path) is None


def test_runs_merge_and_vanished_tests_are_forgotten(tmp_path: Path) -> None:
    """A narrow run keeps what others proved; a test or a file that is gone proves nothing."""
    (tmp_path / "test_a.py").write_text('import pytest\n@pytest.mark.row("DEP-01")\ndef test_a(): pass\n')
    (tmp_path / "test_b.py").write_text(SAMPLE)
    run(tmp_path)
    run(tmp_path, "test_b.py::test_a_case")
    assert proved_in(tmp_path) == {"DEP-01", "DEP-02", "CASE-04"}

    (tmp_path / "test_b.py").write_text('import pytest\n@pytest.mark.row("CCC-02")\ndef test_new(): pass\n')
    run(tmp_path, "test_b.py", "-k", "test_new")
    assert proved_in(tmp_path) == {"DEP-01", "CCC-02"}

    (tmp_path / "test_a.py").unlink()
    run(tmp_path)
    assert proved_in(tmp_path) == {"CCC-02"}


@pytest.mark.parametrize(
    ("only", "first", "complete"),
    [("", "DEP 1/65", False), ("CCC", "CCC 0/21", False), ("DEP-24", "DEP 1/1", True), ("DEP-25", "DEP 0/1", False)],
)
def test_the_report_counts_by_prefix(only: str, first: str, complete: bool) -> None:
    """One line per prefix, its rows without proof below it."""
    lines, every = rows.report({"t": {"rows": ["DEP-24"], "outcome": rows.PASSED}}, only)

    assert (lines[0], every) == (first, complete)


def test_every_row_of_the_requirements_is_there() -> None:
    """162 rows and 53 cases, each id once."""
    ids = [row.id for row in rows.catalogue()]
    counts = {prefix: sum(id.startswith(prefix) for id in ids) for prefix in ("DEP", "CCC", "PAN", "SUB", "NOT", "XCT")}

    assert counts == {"DEP": 65, "CCC": 21, "PAN": 19, "SUB": 22, "NOT": 12, "XCT": 23}
    assert len(ids) == len(set(ids)) == 162 + 53
