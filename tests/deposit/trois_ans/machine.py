"""The machine of a life: every act of every room, in any order; what must hold is judged each day.

Hypothesis chooses the acts; the real actions and the real due work do them, and an oracle written from the requirements
judges each day (`jugement.py`, `oracle.py`).
"""

from __future__ import annotations

from hypothesis.stateful import invariant

from tests.deposit import actes_vecus as actes
from tests.deposit import jugement
from tests.deposit.trois_ans.agents import Agents
from tests.deposit.trois_ans.ailleurs import Ailleurs
from tests.deposit.trois_ans.depots import Depots
from tests.deposit.trois_ans.obstacles import Obstacles
from tests.deposit.trois_ans.personne import Elle
from tests.deposit.trois_ans.scene import acte
from tests.deposit.trois_ans.temps import Temps
from tests.deposit.trois_ans.titres import Titres

# Pages are dear: they are read a few times in a life, the one function behind them each day.
LECTURES_MAX = 3


class TroisAns(Temps, Depots, Obstacles, Elle, Agents, Titres, Ailleurs):
    """One life of three years."""

    lectures = 0

    @invariant()
    def les_dates_et_les_fins_tiennent(self) -> None:
        """First dates, closings, delays; and what is told is what the rows give."""
        self.look()
        jugement.check_record(self.vie)
        jugement.check_told(self.vie)

    @acte(lambda scene: scene.lectures < LECTURES_MAX)
    def tous_disent_la_meme_chose(self) -> None:
        """Her space, her documents, the check, the agent's page and the other channels, as people read them."""
        self.lectures += 1
        jugement.check_channels(self.vie)

    def teardown(self) -> None:
        """The rest of the three years passes without anybody; then the history is read from its first link."""
        vie = self.vie
        if not vie.demandes:
            return
        if vie.en_panne:
            actes.outage_ends(vie)
        vie.settle()
        vie.wait((vie.fin - vie.today).days)
        jugement.check_days(vie, vie.today, vie.today)
        jugement.check_record(vie)
        jugement.check_channels(vie)
        jugement.check_chains()
        self.bilan.vies += 1
        self.bilan.jours += (vie.today - vie.debut).days
        self.bilan.trous.update(vie.trous)
