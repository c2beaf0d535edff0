"""Filings: online and at a counter, for herself and for her child, on several grounds at once."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from services.deposit.demande.actions import demandes
from services.deposit.dossier.store.demande import Demande
from tests.deposit import actes_vecus as actes
from tests.deposit.oracle import SITUATIONS, Situation
from tests.deposit.trois_ans.scene import (
    DEBUT,
    DES_LE_DEPOT,
    OUVERTES,
    RENOUVELEES,
    TOUTES,
    Scene,
    acte,
    on_demande,
    settled,
)

# Ends of titles on the days where calendars slip.
FINS = st.sampled_from([date(2028, 2, 28), date(2028, 2, 29), date(2027, 8, 31), date(2027, 11, 30)])


def may_file(scene: Scene) -> bool:
    """Whether she may file another one."""
    return scene.can_file


def settled_filing(scene: Scene) -> bool:
    """The same, in the position of the recommendations."""
    return scene.can_file and settled(scene)


class Depots(Scene):
    """How demandes are filed."""

    @acte(may_file, situation=TOUTES, jours=st.integers(-30, 120))
    def deposer_aussi(self, situation: Situation, jours: int) -> None:
        """Another demande, on another ground or after another one, in time or late."""
        actes.file(self.vie, situation, self.end(situation, jours))

    @acte(may_file, situation=st.sampled_from(RENOUVELEES), fin=FINS)
    def deposer_pour_une_fin_de_mois(self, situation: Situation, fin: date) -> None:
        """A title that ends with a month, the leap day for one."""
        if self.vie.today <= fin:
            actes.file(self.vie, situation, fin)

    @acte(settled_filing, situation=st.sampled_from((*DES_LE_DEPOT, *RENOUVELEES)), jours=st.integers(-30, 120))
    def deposer_pour_un_enfant(self, situation: Situation, jours: int) -> None:
        """Her child's demande, in the same account: its papers are the child's."""
        actes.file(self.vie, situation, self.end(situation, jours), enfant=True)

    @acte(
        settled_filing,
        situation=TOUTES,
        jours=st.integers(-5, 90),
        avant=st.integers(0, 20),
        complet=st.booleans(),
        recepisse=st.sampled_from([0, 0, 30, 120]),
    )
    def deposer_au_guichet(self, situation: Situation, jours: int, avant: int, complet: bool, recepisse: int) -> None:
        """At a counter, or by post some days ago; the counter may give its own récépissé."""
        arrived = max(self.vie.today - timedelta(days=avant), DEBUT)
        visit = actes.Visite(arrived, complete=complet, receipt_days=recepisse)
        actes.counter(self.vie, situation, self.end(situation, jours), visit)

    @acte(settled_filing, situation=st.sampled_from(RENOUVELEES), jours=st.integers(0, 30), pause=st.integers(1, 40))
    def etre_bloquee_puis_aller_au_guichet(self, situation: Situation, jours: int, pause: int) -> None:
        """Her draft is stopped, she drops it, and the counter takes her later: the first day counts."""
        fin = self.end(situation, jours)
        actes.blocked_draft(self.vie, situation, fin)
        self.vie.wait(pause)
        actes.counter(self.vie, situation, fin, actes.Visite(self.vie.today, complete=False))

    @on_demande(*OUVERTES, si=may_file, situation=TOUTES)
    def annuler_et_redeposer(self, one: Demande, situation: Situation) -> None:
        """She cancels, and files what fits better in the same sitting."""
        demandes.cancel(one.id, self.vie.elle, request_id=self.vie.key())
        end = one.fin_titre_date or self.vie.today + timedelta(days=30)
        actes.file(self.vie, situation, end if situation.avec_titre else None)

    @on_demande(*OUVERTES, si=settled_filing, situation=st.sampled_from(RENOUVELEES))
    def demander_un_autre_titre_pour_la_meme_carte(self, one: Demande, situation: Situation) -> None:
        """Two demandes follow one card: whichever is granted takes its place."""
        if one.fin_titre_date is not None and one.titre_code != situation.titre:
            actes.file(self.vie, situation, one.fin_titre_date)

    @acte(
        lambda scene: settled_filing(scene) and not scene.vie.en_panne,
        reste=st.integers(0, 5),
        pause=st.integers(1, 4),
        plus=st.integers(0, 4),
    )
    def deposer_apres_deux_pannes(self, reste: int, pause: int, plus: int) -> None:
        """Two outages close together over the end of her title, then the filing, with the days that were left."""
        vie, fin = self.vie, self.vie.today + timedelta(days=reste)
        for between in (pause, plus):
            actes.outage(vie, told=False)
            vie.wait(6)
            actes.outage_ends(vie)
            vie.wait(between)
        actes.file(vie, SITUATIONS[0], fin)
