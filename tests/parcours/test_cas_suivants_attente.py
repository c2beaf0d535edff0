"""Cases whose persons wait months, each judged alone after all have waited together (`cas_attente`)."""

from __future__ import annotations

from functools import partial

import pytest

from dev.parcours.monde import Monde
from tests.parcours import cas_attente as cas
from tests.parcours.ensemble import Cas, live

pytestmark = pytest.mark.timeout(300)
ROWS = ("CASE-33", "CASE-36", "CASE-53", "CASE-59")
NAMES = [pytest.param(row, marks=pytest.mark.row(row), id=row) for row in ROWS]


@pytest.fixture(scope="module")
def ends(monde: Monde, tmp_path_factory: pytest.TempPathFactory) -> dict[str, BaseException | None]:
    """How each case ended."""
    folder = tmp_path_factory.mktemp("cas-attente")
    cases: dict[str, Cas] = {
        "CASE-33": partial(cas.case_33, folder=folder),
        "CASE-36": cas.case_36,
        "CASE-53": cas.case_53,
        "CASE-59": cas.case_59,
        "une année": cas.a_year,
    }
    return live(monde, cases)


@pytest.mark.parametrize("case", [*NAMES, "une année"])
def test_a_case_that_waits_ends_as_it_should(ends: dict[str, BaseException | None], case: str) -> None:
    failure = ends[case]
    if failure is not None:
        raise failure
