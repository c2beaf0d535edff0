"""Real cases of the reports, lived over real processes through their public interfaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from dev.parcours import case_04, case_08, case_41
from dev.parcours.monde import Monde

pytestmark = pytest.mark.timeout(300)


@pytest.mark.clause("CASE-08/a", "CASE-08/b", "CASE-08/e", "DEP-27/b")
def test_case_08_a_ghost_title_bars_nothing(monde: Monde, tmp_path: Path) -> None:
    told = case_08.play(monde, tmp_path).text()

    assert "La voie" in told
    assert "Aucun jour sans document" in told


@pytest.mark.clause("CASE-04/b", "CASE-04/d", "DEP-47/d", "DEP-48/b")
def test_case_04_an_api_that_nobody_renews_is_renewed(monde: Monde, tmp_path: Path) -> None:
    told = case_04.play(monde, tmp_path).text()

    assert "Aucun jour sans document" in told


@pytest.mark.clause(
    "CASE-41/b", "CASE-41/c", "CCC-01/d", "CCC-05/a", "CCC-06/b", "CCC-08/a", "CCC-08/b", "CCC-08/c", "CCC-13/a"
)
def test_case_41_weeks_of_reformulation_end_in_an_attestation(monde: Monde, tmp_path: Path) -> None:
    told = case_41.play(monde, tmp_path).text()

    assert "atteste" in told
