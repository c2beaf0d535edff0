"""What stands in her way: blocages, impediments, outages."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from services.deposit.blocage.actions import blocages
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from tests.deposit import actes_vecus as actes
from tests.deposit.trois_ans.scene import DEBUT, Scene, acte, on_demande


class Obstacles(Scene):
    """What stops her, and how it ends."""

    @on_demande(hier=st.sampled_from([0, 0, 9, 80]), general=st.booleans())
    def etre_bloquee(self, one: Demande, hier: int, general: bool) -> None:
        """A blocage, found today or learnt late from another channel, about one title or about everything."""
        titre = "" if general else one.titre_code
        actes.block(self.vie, titre, max(self.vie.today - timedelta(days=hier), DEBUT))

    @on_demande(etats.PIECES_DEMANDEES)
    def arreter_ou_reprendre(self, one: Demande) -> None:
        """An impediment, or its end."""
        if any(stop.cle == "empechement" and stop.fin_date is None for stop in one.arrets):
            blocages.start_clock(one.id, "empechement", self.vie.today)
        else:
            blocages.stop_clock(one.id, "empechement", "EMPECHEMENT", self.vie.today)

    @acte(
        lambda scene: not scene.vie.en_panne,
        dite=st.booleans(),
        prefectures=st.sampled_from([(), (), ("69",), ("75", "13")]),
    )
    def tomber_en_panne(self, dite: bool, prefectures: tuple[str, ...]) -> None:
        """The téléservice is down, everywhere or for some préfectures."""
        actes.outage(self.vie, prefectures, told=dite)

    @acte(lambda scene: scene.vie.en_panne)
    def finir_la_panne(self) -> None:
        """It is back."""
        actes.outage_ends(self.vie)
