"""Real cases of the reports, lived over real processes through their public interfaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from dev.parcours import case_04, case_08, case_41
from dev.parcours.monde import Monde

pytestmark = pytest.mark.timeout(300)


@pytest.mark.row("CASE-08", "DEP-27", "SUB-04", "SUB-06", "PAN-07")
def test_case_08_a_ghost_title_bars_nothing(monde: Monde, tmp_path: Path) -> None:
    told = case_08.play(monde, tmp_path).text()

    assert "La voie" in told
    assert "Aucun jour sans document" in told


@pytest.mark.row("CASE-04", "DEP-25", "DEP-47", "DEP-48", "DEP-50")
def test_case_04_an_api_that_nobody_renews_is_renewed(monde: Monde, tmp_path: Path) -> None:
    told = case_04.play(monde, tmp_path).text()

    assert "Aucun jour sans document" in told


@pytest.mark.row("CASE-41", "CCC-05", "CCC-06", "CCC-07", "CCC-08")
def test_case_41_weeks_of_reformulation_end_in_an_attestation(monde: Monde, tmp_path: Path) -> None:
    told = case_41.play(monde, tmp_path).text()

    assert "atteste" in told
