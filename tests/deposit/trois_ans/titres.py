"""Cards: the one that was granted, announced, handed over, taken back; one that she declares."""

from __future__ import annotations

from hypothesis import strategies as st

from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.instruction.actions import remises
from tests.deposit import actes_vecus as actes
from tests.deposit.trois_ans.scene import RENOUVELEES, Scene, acte, on_demande, settled

CARTES_MAX = 3


class Titres(Scene):
    """What becomes of cards."""

    @on_demande(etats.FAVORABLE)
    def annoncer_le_titre(self, one: Demande) -> None:
        """The title can be collected."""
        self.vie.agent(one.id, "titre-pret", lieu="Préfecture d’exemple")

    @on_demande(etats.FAVORABLE, etats.TITRE_PRET, mois=st.sampled_from([1, 12, 48]))
    def remettre_le_titre(self, one: Demande, mois: int) -> None:
        """It is handed over, and recorded with its last day."""
        actes.hand_over(self.vie, one.id, mois)

    @on_demande(etats.FAVORABLE, etats.TITRE_PRET, avant=st.integers(0, 40), mois=st.sampled_from([0, 12]))
    def dire_qu_elle_l_a(self, one: Demande, avant: int, mois: int) -> None:
        """Nobody recorded it: she says on which day she had her card, and what is printed on it or not."""
        actes.say_received(self.vie, one, avant, mois)

    @on_demande(etats.REMISE)
    def ne_pas_l_avoir_recu(self, one: Demande) -> None:
        """The handing over was noted by mistake, and is taken back in time."""
        if remises.can_take_back(one):
            actes.take_back(self.vie, one.id)

    @acte(
        lambda scene: settled(scene) and len(scene.vie.cartes) < CARTES_MAX,
        titre=st.sampled_from([situation.titre for situation in RENOUVELEES]),
        depuis=st.integers(0, 400),
        reste=st.integers(1, 300),
    )
    def declarer_une_carte(self, titre: str, depuis: int, reste: int) -> None:
        """A card that she holds, written in her account."""
        actes.declare_card(self.vie, titre, depuis, reste)
