"""Three years of a person's life, whatever happens in whatever order: no day without a valid document, no silent end,
and every channel says the same of her right.

The same machine in the position `droit_en_vigueur` finds the gaps that the texts leave, and no other: it can fail.
`VIE_EXEMPLES` lengthens it, `VIE_HASARD` draws other lives each time, `VIE_REDUIRE` reduces what it finds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.deposit.droits.rules import droits
from tests.conftest import Mongo
from tests.deposit import actes_vecus as actes
from tests.deposit import jugement
from tests.deposit.conftest import Deposit, start
from tests.deposit.oracle import APRES_60, ATTEND_AGENT, AVANT_120, REGULARISATION, SITUATIONS
from tests.deposit.trois_ans.machine import TroisAns
from tests.deposit.trois_ans.scene import DEBUT, Bilan
from tests.deposit.vie import TROIS_ANS, Vie

EXEMPLES = int(os.environ.get("VIE_EXEMPLES", "2"))
UN_AN = 366
# What the lives were made of, to read after a long run.
OUT = Path(__file__).parents[3] / "out"
# Days before the end of what is held: before the window of R. 431-5, in it, after it.
AVANT_LA_FENETRE, DANS_LA_FENETRE, APRES_LA_FENETRE = 200, 90, 20
SEULES = [(SITUATIONS[n], APRES_LA_FENETRE) for n in (0, 3, 4, 6, 8, 9)]
SEULES_EN_VIGUEUR = [
    (SITUATIONS[0], AVANT_LA_FENETRE),
    (SITUATIONS[0], DANS_LA_FENETRE),
    (SITUATIONS[0], APRES_LA_FENETRE),
    (SITUATIONS[-1], 0),
]


def alone(deposit: Deposit, bilan: Bilan, *, reglee: bool) -> None:
    """Some of each population file and nobody ever comes, for three years; where the texts leave gaps, one year shows
    them.
    """
    for situation, jours in SEULES if reglee else SEULES_EN_VIGUEUR:
        vie = Vie(deposit, DEBUT, reglee)
        actes.file(vie, situation, DEBUT + timedelta(days=jours) if situation.avec_titre else None)
        vie.wait(TROIS_ANS.days if reglee else UN_AN)
        jugement.check_days(vie, vie.today, vie.today)
        bilan.trous.update(vie.trous)


def live(deposit: Deposit, examples: int, *, reglee: bool) -> Bilan:
    """Those lives, then others with acts in any order; the same ones each time."""
    bilan = Bilan()
    alone(deposit, bilan, reglee=reglee)
    if examples:
        try:
            one_life: Any = partial(TroisAns, deposit, reglee=reglee, bilan=bilan)
            run_state_machine_as_test(one_life, settings=_settings(examples))  # type: ignore[no-untyped-call]
        finally:
            OUT.mkdir(exist_ok=True)
            (OUT / "lives.txt").write_text(f"{bilan}\n")
    return bilan


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=int(os.environ.get("VIE_ACTES", "25")),
        derandomize="VIE_HASARD" not in os.environ,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        # A life takes seconds, and a failure names its acts: it is reduced on demand only.
        phases=(Phase.generate, Phase.shrink) if "VIE_REDUIRE" in os.environ else (Phase.generate,),
    )


@pytest.fixture(scope="module")
def en_vigueur(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deposit]:
    """deposit where the deployment keeps the law in force."""
    folder: Path = tmp_path_factory.mktemp("en-vigueur")
    yield from start(mongo, folder, REGLES="droit_en_vigueur")


# Seconds, or as long as `VIE_EXEMPLES` says.
@pytest.mark.timeout(3600)
def test_no_day_without_a_valid_document_no_silent_closing_no_lost_first_date(deposit: Deposit) -> None:
    assert not live(deposit, EXEMPLES, reglee=True).trous


def test_a_renewal_that_stops_is_found(deposit: Deposit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof that the machine can fail: without renewal, the first life finds the day after the first API."""
    monkeypatch.setattr(droits, "_renewal", lambda *args: None)

    with pytest.raises(AssertionError, match="no valid document on 2027-04-25"):
        alone(deposit, Bilan(), reglee=True)


@pytest.mark.timeout(3600)
def test_in_the_law_in_force_the_gaps_are_exactly_those_that_the_texts_leave(en_vigueur: Deposit) -> None:
    trous = live(en_vigueur, EXEMPLES // 4, reglee=False).trous

    assert set(trous) == {AVANT_120, APRES_60, REGULARISATION, ATTEND_AGENT}
    assert all(days > 0 for days in trous.values())
