"""Real cases of the reports, each lived whole by public interfaces; those who wait share the days (`ensemble`)."""

from __future__ import annotations

import pytest

from dev.parcours.monde import Monde
from tests.parcours import cas_compte as compte
from tests.parcours import cas_documents as documents
from tests.parcours import cas_dossier as dossier
from tests.parcours import cas_envois as envois
from tests.parcours.ensemble import Cas, live

pytestmark = pytest.mark.timeout(500)

CASES: dict[str, Cas] = {
    "CASE-02": compte.case_02,
    "CASE-05": documents.case_05,
    "CASE-06": documents.case_06,
    "CASE-09": dossier.case_09,
    "CASE-10": compte.case_10,
    "CASE-11": envois.case_11,
    "CASE-12": envois.case_12,
    "CASE-13": documents.case_13,
    "CASE-14": documents.case_14,
    "CASE-15": documents.case_15,
    "CASE-17": documents.case_17,
    "CASE-18": documents.case_18,
    "CASE-19": dossier.case_19,
    "CASE-20": dossier.case_20,
    "CASE-22": dossier.case_22,
    "CASE-23": envois.case_23,
}
# What each one asserts, where the person, her agent or her helper looks.
PROVED: dict[str, str] = {
    "CASE-02": "CASE-02/a CASE-02/b CASE-02/c CASE-02/d CASE-02/e CASE-02/f CCC-16/f DEP-03/c DEP-03/d DEP-05/a "
    "DEP-05/e DEP-06/g DEP-07/a",
    "CASE-05": "CASE-05/a CASE-05/b CASE-05/c CASE-05/d CASE-05/e DEP-59/a DEP-59/b",
    "CASE-06": "CASE-06/a CASE-06/b CASE-06/c CASE-06/d CASE-06/e CASE-06/f DEP-42/a DEP-42/c DEP-62/a",
    "CASE-09": "CASE-09/a CASE-09/b CASE-09/c CASE-09/d DEP-27/a DEP-28/b DEP-61/j",
    "CASE-10": "CASE-10/a CASE-10/b CASE-10/c CASE-10/d DEP-04/a DEP-04/c DEP-05/a NOT-06/a",
    "CASE-11": "CASE-11/a CASE-11/c CASE-11/d DEP-35/b DEP-36/a NOT-05/a",
    "CASE-12": "CASE-12/a CASE-12/b CASE-12/c CASE-12/d CASE-12/e DEP-29/a DEP-29/e DEP-29/g",
    "CASE-13": "CASE-13/a CASE-13/b CASE-13/c DEP-13/a DEP-13/g DEP-47/b SUB-03/e SUB-04/b XCT-21/c",
    "CASE-14": "CASE-14/a CASE-14/b CASE-14/c CASE-14/d DEP-14/a DEP-14/d DEP-14/e",
    "CASE-15": "CASE-15/a CASE-15/b DEP-14/b",
    "CASE-17": "CASE-17/a CASE-17/b DEP-15/a DEP-46/a",
    "CASE-18": "CASE-18/a CASE-18/b DEP-15/b DEP-15/c",
    "CASE-19": "CASE-19/a CASE-19/b CASE-19/c CASE-19/d DEP-16/a DEP-16/b DEP-16/c DEP-16/f DEP-29/d DEP-43/d",
    "CASE-20": "CASE-20/a CASE-20/b CASE-20/c CASE-20/d DEP-32/a DEP-32/c DEP-33/a DEP-33/b DEP-33/c DEP-34/a DEP-34/d",
    "CASE-22": "CASE-22/a CASE-22/b CASE-22/c DEP-38/c DEP-39/d DEP-39/e DEP-40/a DEP-40/d NOT-07/e",
    "CASE-23": "CASE-23/a CASE-23/b CASE-23/c CASE-23/d DEP-30/a DEP-30/b DEP-30/c DEP-30/d DEP-30/e",
}


@pytest.fixture(scope="module")
def ends(monde: Monde, request: pytest.FixtureRequest) -> dict[str, BaseException | None]:
    """How each of the cases asked for ended: all are lived before the first one is judged."""
    here = [
        item for item in request.session.items if isinstance(item, pytest.Function) and item.module is request.module
    ]
    asked = {item.callspec.params["case"] for item in here}
    return live(monde, {name: cas for name, cas in CASES.items() if name in asked})


@pytest.mark.parametrize(
    "case", [pytest.param(name, marks=pytest.mark.clause(*PROVED[name].split()), id=name) for name in CASES]
)
def test_a_real_case_ends_as_it_should(ends: dict[str, BaseException | None], case: str) -> None:
    failure = ends[case]
    if failure is not None:
        raise failure
