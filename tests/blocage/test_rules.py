"""What may follow what in the life of a blocage: the whole table, no server."""

from __future__ import annotations

import pytest

from blocage import rules
from blocage.rules import ATTESTE, CONSTATE, DIAGNOSTIQUE, LEVE, RESOLU, VOIE_OUVERTE

STATES = (CONSTATE, DIAGNOSTIQUE, ATTESTE, VOIE_OUVERTE, LEVE, RESOLU)
# Row: from; column: to, in the order of STATES.
TABLE = {
    CONSTATE: "-xxxxx",
    DIAGNOSTIQUE: "--xxxx",
    ATTESTE: "---xxx",
    VOIE_OUVERTE: "--x-xx",
    LEVE: "-----x",
    RESOLU: "------",
}


@pytest.mark.parametrize(("state", "next_state"), [(state, to) for state in STATES for to in STATES])
def test_a_blocage_only_moves_forward_and_a_resolved_one_stays_so(state: str, next_state: str) -> None:
    allowed = TABLE[state][STATES.index(next_state)] == "x"

    assert rules.may_become(state, next_state).motif is (None if allowed else rules.BLOCAGE_TERMINE)


@pytest.mark.parametrize("state", STATES)
def test_clocks_run_again_once_it_is_lifted_or_resolved(state: str) -> None:
    assert (state in rules.OPEN_STATES) is (state not in (LEVE, RESOLU))
