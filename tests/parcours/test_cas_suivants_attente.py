"""Cases whose persons wait months, each judged alone after all have waited together (`cas_attente`)."""

from __future__ import annotations

from functools import partial

import pytest

from dev.parcours.monde import Monde
from tests.parcours import cas_attente as cas
from tests.parcours.ensemble import Cas, live

pytestmark = pytest.mark.timeout(300)
# What each one asserts, where the person, her agent or a desk looks.
PROVED: dict[str, str] = {
    "CASE-33": "CASE-33/a CASE-33/b CASE-33/c NOT-02/a NOT-02/b NOT-02/c NOT-02/d",
    "CASE-36": "CASE-36/a CASE-36/b DEP-55/a DEP-55/b DEP-55/c",
    "CASE-53": "CASE-53/a CASE-53/b CASE-53/c DEP-46/c NOT-09/a NOT-09/c SUB-13/a SUB-13/e SUB-16/a",
    "les promesses": "DEP-63/b DEP-63/c DEP-63/d DEP-63/e DEP-63/f DEP-63/g",
    "CASE-59": "CASE-59/a CASE-59/b CASE-59/c CASE-59/d DEP-48/a DEP-48/g SUB-09/c",
}
NAMES = [pytest.param(name, marks=pytest.mark.clause(*ids.split()), id=name) for name, ids in PROVED.items()]


@pytest.fixture(scope="module")
def ends(monde: Monde, tmp_path_factory: pytest.TempPathFactory) -> dict[str, BaseException | None]:
    """How each case ended."""
    folder = tmp_path_factory.mktemp("cas-attente")
    cases: dict[str, Cas] = {
        "CASE-33": partial(cas.case_33, folder=folder),
        "CASE-36": cas.case_36,
        "CASE-53": cas.case_53,
        "CASE-59": cas.case_59,
        "les promesses": cas.promises,
        "une année": cas.a_year,
    }
    return live(monde, cases)


@pytest.mark.parametrize("case", [*NAMES, "une année"])
def test_a_case_that_waits_ends_as_it_should(ends: dict[str, BaseException | None], case: str) -> None:
    failure = ends[case]
    if failure is not None:
        raise failure
