"""What she does herself of what she has filed: set it aside and take it back, answer, correct."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.instruction.actions import instruction
from tests.deposit import actes_vecus as actes
from tests.deposit.trois_ans.scene import OUVERTES, Scene, on_demande, settled

# « Set aside, gives no refusal, is not counted against her » (DEP-07): whatever became of it.
REPUDIABLES = (*OUVERTES, etats.FAVORABLE, etats.TITRE_PRET, etats.DEFAVORABLE, etats.CLOSE)


class Elle(Scene):
    """Her own acts."""

    @on_demande(*REPUDIABLES, si=settled)
    def repudier(self, one: Demande) -> None:
        """« Ce n’est pas moi », on its page, with her password."""
        self.vie.reponses.send(f"/demandes/{one.id}/pas-de-moi", texte="Déposée sans moi")

    @on_demande(etats.REPUDIEE, si=settled)
    def reprendre(self, one: Demande) -> None:
        """« C’est bien ma demande »: set aside by mistake, it goes on where it was."""
        self.vie.reponses.send(f"/demandes/{one.id}/c-est-moi")
        self.vie.settle()

    @on_demande(etats.PIECES_DEMANDEES)
    def repondre(self, one: Demande) -> None:
        """She sends what was asked for."""
        actes.answer(self.vie, one.id)

    @on_demande(*OUVERTES, si=settled, jours=st.integers(-40, 400))
    def corriger_le_dernier_jour(self, one: Demande, jours: int) -> None:
        """The last day typed on the first page was wrong."""
        if one.fin_titre_date is not None:
            actes.correct_end(self.vie, one.id, one.depot_date + timedelta(days=jours))

    @on_demande(*OUVERTES)
    def demander_le_renouvellement(self, one: Demande) -> None:
        """The button of last resort, pressed whether or not anything is due (DEP-49)."""
        instruction.ask_renewal(one.id, self.vie.elle, request_id=self.vie.key())

    @on_demande(etats.CLOSE)
    def demander_la_reouverture(self, one: Demande) -> None:
        """She asks for it; an agent answers, or never does."""
        instruction.ask_reopening(one.id, self.vie.elle, request_id=self.vie.key())
