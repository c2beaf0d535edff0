"""What agents do: check, ask, decide, take a refusal back, close and reopen, give the dossier to another préfecture."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from droit.decision import Refused
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.instruction.actions import clotures, instruction, transferts
from tests.deposit import actes_vecus as actes
from tests.deposit.trois_ans.scene import OUVERTES, Scene, on_demande, settled
from tests.deposit.vie import ordered

PIECES = st.sampled_from(["domicile", "inscription", "autre"])
PREFECTURES = st.sampled_from(["75", "13", "69"])


class Agents(Scene):
    """What is done of a dossier."""

    @on_demande(etats.DEPOSEE, etats.PIECES_DEMANDEES)
    def verifier(self, one: Demande) -> None:
        """An agent comes at last, and finds the demande complete."""
        self.vie.agent(one.id, "complete")

    @on_demande(etats.DEPOSEE, etats.COMPLETE, code=PIECES)
    def demander_des_pieces(self, one: Demande, code: str) -> None:
        """An agent asks for something, whatever the machine had found complete."""
        self.vie.agent(one.id, "demander-pieces", pieces=[code])

    @on_demande(etats.DEPOSEE, si=settled, ensemble=st.sampled_from(actes.ENSEMBLE))
    def deux_agents_a_la_fois(self, one: Demande, ensemble: tuple[str, str]) -> None:
        """Two agents at the same moment, each with an act of his own."""
        actes.two_agents(self.vie, one.id, ensemble)

    @on_demande(etats.PIECES_DEMANDEES, jours=st.integers(1, 60))
    def prolonger(self, one: Demande, jours: int) -> None:
        """An agent gives more days."""
        self.vie.agent(one.id, "prolonger", jours=jours)

    @on_demande(*OUVERTES, oui=st.booleans())
    def decider(self, one: Demande, oui: bool) -> None:
        """A favourable decision, or a refusal with its reason."""
        if oui:
            self.vie.agent(one.id, "favorable")
        else:
            self.vie.agent(one.id, "defavorable", **actes.MOTIFS)

    @on_demande(etats.DEFAVORABLE)
    def gagner_son_recours(self, one: Demande) -> None:
        """The refusal was an error: the préfecture takes it back."""
        self.vie.agent(one.id, "retirer-refus", motif="Recours gracieux accepté")
        self.vie.settle()

    @on_demande(*OUVERTES)
    def fermer(self, one: Demande) -> None:
        """A closing with its reason; without it, nothing is closed."""
        nothing = instruction.Fermeture(" ", "", (), ())
        with pytest.raises(Refused):
            ordered(lambda d, o: instruction.close(d, o, nothing), one.id, self.vie.key(), acces.DECIDER)
        self.vie.agent(one.id, "clore", **actes.MOTIFS)

    @on_demande(etats.CLOSE)
    def rouvrir(self, one: Demande) -> None:
        """A closed demande is opened again."""
        self.vie.agent(one.id, "rouvrir")
        self.vie.settle()

    @on_demande(etats.CLOSE, si=lambda scene: not settled(scene))
    def annuler_la_fermeture(self, one: Demande) -> None:
        """What the machine closed at the end of a delay, where the texts let it, is undone in one act (DEP-38)."""
        if clotures.automatic(one):
            self.vie.agent(one.id, "annuler-fermeture", motif="Les pièces étaient arrivées")
            self.vie.settle()

    @on_demande(*transferts.QUI_SUIVENT, prefecture=PREFECTURES)
    def demenager(self, one: Demande, prefecture: str) -> None:
        """The dossier follows her, to a préfecture that may have chosen another length."""
        if one.prefecture != prefecture:
            self.vie.agent(one.id, "transferer", prefecture=prefecture)

    @on_demande(*OUVERTES, etats.FAVORABLE, etats.TITRE_PRET, si=settled)
    def refaire_un_document(self, one: Demande) -> None:
        """A document with a wrong mention is given again; the earlier one is replaced the same day."""
        valid = [a for a in one.documents if a.fin_date is None or a.fin_date >= self.vie.today]
        if valid:
            self.vie.agent(one.id, "reemettre", numero=valid[-1].numero)
