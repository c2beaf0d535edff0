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


@pytest.fixture(scope="module")
def ends(monde: Monde, request: pytest.FixtureRequest) -> dict[str, BaseException | None]:
    """How each of the cases asked for ended: all are lived before the first one is judged."""
    here = [
        item for item in request.session.items if isinstance(item, pytest.Function) and item.module is request.module
    ]
    asked = {item.callspec.params["case"] for item in here}
    return live(monde, {name: cas for name, cas in CASES.items() if name in asked})


@pytest.mark.parametrize("case", [pytest.param(name, marks=pytest.mark.row(name), id=name) for name in CASES])
def test_a_real_case_ends_as_it_should(ends: dict[str, BaseException | None], case: str) -> None:
    failure = ends[case]
    if failure is not None:
        raise failure
