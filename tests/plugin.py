"""Records which clauses the tests prove: `@pytest.mark.clause("DEP-24/a")`, outcomes in `out/rows.json`.

Runs are merged by test, so that a narrow run refreshes its own tests and forgets those that no longer exist. A clause
that `docs/rows` does not know stops the run: a misspelt id would otherwise prove nothing, silently.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
import structlog
from argon2 import PasswordHasher
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from chassis import agents
from tests import rows

# Journeys are begun first, by two workers with a system each: one lives the real cases, one the rest of the journeys.
# The cases that let a year go by come before the others: whatever was filed before them has its year then too.
JOURNEYS, CASES, YEARS = "tests/parcours/", "tests/parcours/test_cas", "tests/parcours/test_cases.py"
RECORD = pytest.StashKey["Record"]()


class Record:
    """What one run collected and saw."""

    def __init__(self) -> None:
        self.marks: dict[str, list[str]] = {}
        self.outcomes: dict[str, str] = {}

    def see(self, report: pytest.TestReport) -> None:
        """Keeps the worst of setup, call and teardown; a test that passed only if it passed entirely."""
        node = report.nodeid
        seen = self.outcomes.get(node)
        if report.failed or seen == rows.FAILED:
            self.outcomes[node] = rows.FAILED
        elif report.skipped or hasattr(report, "wasxfail") or seen == rows.SKIPPED:
            self.outcomes[node] = rows.SKIPPED
        elif report.when == "call":
            self.outcomes[node] = rows.PASSED


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # published without types
    """What one worker keeps: journeys together, else a file. (The groups of xdist 3.8 do nothing on pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in (CASES, JOURNEYS) if nodeid.startswith(place)), nodeid.split("::", 1)[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """How the workers of `make test` share it."""
    return Scheduling(config, log)


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker and opens the record of this run."""
    config.addinivalue_line("markers", "clause(*ids): the clauses of docs/rows that this test proves")
    config.addinivalue_line("markers", "volume: takes far longer than the rest; `make test-volumes` runs it")
    config.stash[RECORD] = Record()
    _make_cheap()


def _make_cheap() -> None:
    """What costs this process and proves nothing here: passwords hashed slowly, failures told with every variable."""
    agents.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    told = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure([*structlog.get_config()["processors"][:-1], told])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Reads the markers, before any deselection; refuses an id that is not there. Journeys come first."""
    record, wrong = config.stash[RECORD], []
    for item in items:
        clauses = sorted({str(clause) for mark in item.iter_markers("clause") for clause in mark.args})
        wrong += [f"{item.nodeid}: {clause}" for clause in clauses if clause not in rows.clause_ids()]
        record.marks[item.nodeid] = clauses
    items.sort(key=lambda item: (not item.nodeid.startswith(JOURNEYS), not item.nodeid.startswith(YEARS)))
    if wrong:
        raise pytest.UsageError("clauses that docs/rows does not hold:\n  " + "\n  ".join(wrong))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Looks at each phase of each test."""
    report = yield
    item.config.stash[RECORD].see(report)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Merges what this run saw into `out/rows.json`."""
    config = session.config
    record = config.stash[RECORD]
    if config.option.collectonly or not record.outcomes:
        return
    # A run asked for by node id, or of the last failures, has not seen all the tests of the files that it opened.
    partly = {Path(arg.split("::", 1)[0]).resolve() for arg in config.args if "::" in arg}
    files = set() if config.getoption("lf", False) else {node.split("::", 1)[0] for node in record.marks}
    whole = {file for file in files if (config.rootpath / file).resolve() not in partly}
    rows.merge(config.rootpath, rows.Run(record.marks, record.outcomes, whole))
