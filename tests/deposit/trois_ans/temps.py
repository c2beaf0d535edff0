"""Days: her first demande, then nothing, a worker that is away, work that fails."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from tests.deposit import actes_vecus as actes
from tests.deposit.oracle import Situation
from tests.deposit.trois_ans.scene import TOUTES, Scene, acte, settled


class Temps(Scene):
    """How time passes."""

    @initialize(situation=TOUTES, jours=st.integers(1, 120), par_api=st.booleans())
    def depose_une_premiere_fois(self, situation: Situation, jours: int, par_api: bool) -> None:
        """Her first demande, so many days before the end of what she holds; half of the lives go through the API."""
        self.vie.par_api = par_api
        actes.file(self.vie, situation, self.end(situation, jours))

    @acte(jours=st.integers(1, 100))
    def attendre(self, jours: int) -> None:
        """Nobody does anything."""
        self.vie.wait(jours)

    @acte(settled, jours=st.sampled_from([9, 30, 75, 190]))
    def le_travail_dort(self, jours: int) -> None:
        """No worker for weeks, or the clock moved by months in one step."""
        self.vie.sleep(jours)

    @acte(settled, jours=st.integers(1, 6))
    def le_travail_echoue(self, jours: int) -> None:
        """What is due for her fails, day after day."""
        self.vie.fail(jours)
