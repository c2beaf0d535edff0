"""The machine of a life: each rule is something that may happen to a person in three years, in any order.

Hypothesis chooses the acts; the real actions and the real due work do them, and an oracle written from the requirements
judges each day (`vie.py`, `oracle.py`).
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from droit.decision import Refused
from services.deposit.blocage.actions import blocages
from services.deposit.compte.actions import repudiation
from services.deposit.demande.actions import demandes
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.instruction.actions import corrections, instruction, remises, transferts
from tests.deposit import actes_vecus as actes
from tests.deposit.conftest import Deposit
from tests.deposit.oracle import DEPOT, SITUATIONS, Situation
from tests.deposit.vie import Vie, ordered

DEBUT = date(2027, 1, 4)
DEMANDES_MAX = 4
# Pages are dear: they are read a few times in a life, the one function behind them each day.
LECTURES_MAX = 3
OUVERTES = etats.EN_INSTRUCTION
N, PREFECTURES = st.integers(0, 3), st.sampled_from(["75", "13", "69"])
# Ends of titles on the days where calendars slip.
FINS = st.sampled_from([date(2028, 2, 28), date(2028, 2, 29), date(2027, 8, 31), date(2027, 11, 30)])
DES_LE_DEPOT = tuple(situation for situation in SITUATIONS if situation.des == DEPOT)


def machine(deposit: Deposit, *, reglee: bool, trous: dict[str, int]) -> type[RuleBasedStateMachine]:
    """The machine of one position; `trous` gathers the gaps of every life lived."""

    class Trois(RuleBasedStateMachine):
        """One life."""

        vie: Vie

        def __init__(self) -> None:
            super().__init__()
            self.vie = Vie(deposit, DEBUT, reglee)
            self.lectures = 0

        # Time

        @initialize(situation=st.sampled_from(SITUATIONS), jours=st.integers(1, 120))
        def depose_une_premiere_fois(self, situation: Situation, jours: int) -> None:
            """Her first demande, so many days before the end of what she holds."""
            actes.file(self.vie, situation, self._fin(situation, jours))

        @rule(jours=st.integers(1, 100))
        def attendre(self, jours: int) -> None:
            """Nobody does anything."""
            self.vie.wait(jours)

        @precondition(lambda self: self.vie.reglee)
        @rule(jours=st.sampled_from([9, 30, 75, 190]))
        def le_travail_dort(self, jours: int) -> None:
            """No worker for weeks, or the clock moved by months in one step."""
            self.vie.sleep(jours)

        @precondition(lambda self: self.vie.reglee)
        @rule(jours=st.integers(1, 6))
        def le_travail_echoue(self, jours: int) -> None:
            """What is due for her fails, day after day."""
            self.vie.fail(jours)

        # Filings

        @precondition(lambda self: len(self.vie.demandes) < DEMANDES_MAX)
        @rule(situation=st.sampled_from(SITUATIONS), jours=st.integers(-30, 120))
        def deposer_aussi(self, situation: Situation, jours: int) -> None:
            """Another demande, on another ground or after another one, in time or late."""
            actes.file(self.vie, situation, self._fin(situation, jours))

        @precondition(lambda self: len(self.vie.demandes) < DEMANDES_MAX)
        @rule(situation=st.sampled_from(SITUATIONS[:4]), fin=FINS)
        def deposer_pour_une_fin_de_mois(self, situation: Situation, fin: date) -> None:
            """A title that ends with a month, the leap day for one."""
            if self.vie.today <= fin:
                actes.file(self.vie, situation, fin)

        @precondition(lambda self: self.vie.reglee and len(self.vie.demandes) < DEMANDES_MAX)
        @rule(situation=st.sampled_from(DES_LE_DEPOT))
        def deposer_pour_un_enfant(self, situation: Situation) -> None:
            """Her child's demande, in the same account: its papers are the child's."""
            actes.file(self.vie, situation, None, enfant=True)

        @precondition(lambda self: self.vie.reglee and len(self.vie.demandes) < DEMANDES_MAX)
        @rule(
            situation=st.sampled_from(SITUATIONS),
            jours=st.integers(-5, 90),
            avant=st.integers(0, 20),
            complet=st.booleans(),
        )
        def deposer_au_guichet(self, situation: Situation, jours: int, avant: int, complet: bool) -> None:
            """At a counter, or by post some days ago."""
            arrived = max(self.vie.today - timedelta(days=avant), DEBUT)
            actes.counter(self.vie, situation, self._fin(situation, jours), arrived, complete=complet)

        @precondition(lambda self: len(self.vie.demandes) < DEMANDES_MAX)
        @rule(n=N, situation=st.sampled_from(SITUATIONS))
        def annuler_et_redeposer(self, n: int, situation: Situation) -> None:
            """She cancels, and files what fits better in the same sitting."""
            one = self._one(n, *OUVERTES)
            if one is not None:
                demandes.cancel(one.id, self.vie.elle, request_id=self.vie.key())
                end = one.fin_titre_date or self.vie.today + timedelta(days=30)
                actes.file(self.vie, situation, end if situation.avec_titre else None)

        @precondition(lambda self: self.vie.reglee)
        @rule(n=N)
        def repudier(self, n: int) -> None:
            """« Ce n’est pas moi »."""
            one = self._one(n, *OUVERTES)
            if one is not None:
                repudiation.set_aside(one.id, "Déposée sans moi", by=self.vie.elle.subject, request_id=self.vie.key())

        @precondition(lambda self: self.vie.reglee)
        @rule(n=N)
        def reprendre(self, n: int) -> None:
            """« C’est bien ma demande »: set aside by mistake, it goes on where it was."""
            one = self._one(n, etats.REPUDIEE)
            if one is not None:
                repudiation.give_back(one.id, by=self.vie.elle.subject, request_id=self.vie.key())
                self.vie.settle()

        @precondition(lambda self: self.vie.reglee)
        @rule(n=N, avant=st.integers(1, 60), reste=st.integers(-5, 200))
        def retrouver_un_depot_anterieur(self, n: int, avant: int, reste: int) -> None:
            """She had filed elsewhere, and was given a récépissé there."""
            one = self._one(n, *OUVERTES)
            if one is not None and not self.vie.demandes[one.id].ailleurs:
                actes.filed_elsewhere(self.vie, one.id, avant, reste)

        # Obstacles

        @rule(n=N, hier=st.sampled_from([0, 0, 9, 80]), general=st.booleans())
        def etre_bloquee(self, n: int, hier: int, general: bool) -> None:
            """A blocage, found today or learnt late from another channel, about one title or about everything."""
            one = self._one(n)
            known = self.vie.demandes[one.id] if one else None
            titre = "" if general or known is None else known.situation.titre
            actes.block(self.vie, titre, max(self.vie.today - timedelta(days=hier), DEBUT))

        @rule(n=N)
        def arreter_ou_reprendre(self, n: int) -> None:
            """An impediment, or its end."""
            one = self._one(n, etats.PIECES_DEMANDEES)
            if one and any(a.cle == "empechement" and a.fin_date is None for a in one.arrets):
                blocages.start_clock(one.id, "empechement", self.vie.today)
            elif one:
                blocages.stop_clock(one.id, "empechement", "EMPECHEMENT", self.vie.today)

        @precondition(lambda self: not self.vie.en_panne)
        @rule(dite=st.booleans(), prefectures=st.sampled_from([(), (), ("69",), ("75", "13")]))
        def tomber_en_panne(self, dite: bool, prefectures: tuple[str, ...]) -> None:
            """The téléservice is down, everywhere or for some préfectures."""
            actes.outage(self.vie, prefectures, told=dite)

        @precondition(lambda self: self.vie.en_panne)
        @rule()
        def finir_la_panne(self) -> None:
            """It is back."""
            actes.outage_ends(self.vie)

        @precondition(lambda self: self.vie.reglee and not self.vie.en_panne and len(self.vie.demandes) < DEMANDES_MAX)
        @rule(reste=st.integers(0, 5), pause=st.integers(1, 4), plus=st.integers(0, 4))
        def deposer_apres_deux_pannes(self, reste: int, pause: int, plus: int) -> None:
            """Two outages close together over the end of her title, then the filing, with the days that were left."""
            vie, fin = self.vie, self.vie.today + timedelta(days=reste)
            for between in (pause, plus):
                actes.outage(vie, told=False)
                vie.wait(6)
                actes.outage_ends(vie)
                vie.wait(between)
            actes.file(vie, SITUATIONS[0], fin)

        # Agents

        @rule(n=N)
        def verifier(self, n: int) -> None:
            """An agent comes at last, and finds the demande complete."""
            one = self._one(n, etats.DEPOSEE, etats.PIECES_DEMANDEES)
            if one is not None:
                done = ordered(instruction.complete, one.id, self.vie.key())
                known = self.vie.demandes[one.id]
                known.verifiee = known.verifiee or done.completude_date

        @rule(n=N, code=st.sampled_from(["domicile", "inscription", "autre"]))
        def demander_des_pieces(self, n: int, code: str) -> None:
            """An agent asks for something, whatever the machine had found complete."""
            one = self._one(n, etats.DEPOSEE, etats.COMPLETE)
            if one is not None:
                ordered(lambda d, o: instruction.ask_pieces(d, o, (code,), ""), one.id, self.vie.key())

        @precondition(lambda self: self.vie.reglee)
        @rule(n=N)
        def deux_agents_a_la_fois(self, n: int) -> None:
            """Two agents at the same moment."""
            one = self._one(n, etats.DEPOSEE)
            if one is not None:
                actes.two_agents(self.vie, one.id)

        @rule(n=N)
        def repondre(self, n: int) -> None:
            """She sends what was asked for."""
            one = self._one(n, etats.PIECES_DEMANDEES)
            if one is not None:
                actes.answer(self.vie, one.id)

        @rule(n=N, jours=st.integers(1, 60))
        def prolonger(self, n: int, jours: int) -> None:
            """An agent gives more days."""
            one = self._one(n, etats.PIECES_DEMANDEES)
            if one is not None:
                ordered(lambda d, o: corrections.extend(d, o, jours), one.id, self.vie.key())

        @rule(n=N, oui=st.booleans())
        def decider(self, n: int, oui: bool) -> None:
            """A favourable decision, or a refusal with its reason."""
            one = self._one(n, *OUVERTES)
            if one is not None:
                sens = actes.ACCORD if oui else actes.REFUS
                ordered(lambda d, o: instruction.decide(d, o, sens), one.id, self.vie.key(), acces.DECIDER)

        @rule(n=N)
        def annoncer_le_titre(self, n: int) -> None:
            """The title can be collected."""
            one = self._one(n, etats.FAVORABLE)
            if one is not None:
                ordered(
                    lambda d, o: instruction.announce_title(d, o, "Préfecture d’exemple"),
                    one.id,
                    self.vie.key(),
                    acces.REMETTRE,
                )

        @rule(n=N, mois=st.sampled_from([1, 12, 48]))
        def remettre_le_titre(self, n: int, mois: int) -> None:
            """It is handed over, and recorded with its last day."""
            one = self._one(n, etats.FAVORABLE, etats.TITRE_PRET)
            if one is not None:
                actes.hand_over(self.vie, one.id, mois)

        @rule(n=N)
        def ne_pas_l_avoir_recu(self, n: int) -> None:
            """The handing over was noted by mistake, and is taken back in time."""
            one = self._one(n, etats.REMISE)
            if one is not None and remises.can_take_back(one):
                actes.take_back(self.vie, one.id)

        @precondition(lambda self: self.vie.reglee)
        @rule(n=N, jours=st.integers(-40, 400))
        def corriger_le_dernier_jour(self, n: int, jours: int) -> None:
            """The last day typed on the first page was wrong."""
            one = self._one(n, *OUVERTES)
            if one is not None and one.fin_titre_date is not None:
                actes.correct_end(self.vie, one.id, one.depot_date + timedelta(days=jours))

        @rule(n=N, motivee=st.booleans())
        def fermer(self, n: int, motivee: bool) -> None:
            """A closing with its reason; without it, nothing is closed."""
            one = self._one(n, *OUVERTES)
            if one is None:
                return
            if motivee:
                self._close(one.id, actes.FERMETURE_MOTIVEE)
                return
            with pytest.raises(Refused):
                self._close(one.id, instruction.Fermeture(" ", "", (), ()))

        def _close(self, demande_id: str, said: instruction.Fermeture) -> None:
            ordered(lambda d, o: instruction.close(d, o, said), demande_id, self.vie.key(), acces.DECIDER)

        @rule(n=N)
        def rouvrir(self, n: int) -> None:
            """A closed demande is opened again."""
            one = self._one(n, etats.CLOSE)
            if one is not None:
                ordered(instruction.reopen, one.id, self.vie.key())
                self.vie.settle()

        @rule(n=N, prefecture=PREFECTURES)
        def demenager(self, n: int, prefecture: str) -> None:
            """The dossier follows her, to a préfecture that may have chosen another length."""
            one = self._one(n, *OUVERTES)
            if one is not None and one.prefecture != prefecture:
                ordered(lambda d, o: transferts.transfer(d, o, prefecture), one.id, self.vie.key())
                self.vie.demandes[one.id].demenagements.append((self.vie.today, prefecture))

        # What must hold

        @invariant()
        def les_dates_et_les_fins_tiennent(self) -> None:
            """First dates, closings, delays; and each channel reads one rule."""
            self.vie.check_record()
            self.vie.check_told()

        @precondition(lambda self: self.lectures < LECTURES_MAX)
        @rule()
        def tous_disent_la_meme_chose(self) -> None:
            """Her space, her documents, the check, the agent's page and the other channels, as people read them."""
            self.lectures += 1
            self.vie.reponses.check()

        def teardown(self) -> None:
            """The rest of the three years passes without anybody; then the history is read from its first link."""
            if self.vie.demandes:
                if self.vie.en_panne:
                    actes.outage_ends(self.vie)
                self.vie.settle()
                self.vie.wait((self.vie.fin - self.vie.today).days)
                self.vie.check_days(self.vie.today, self.vie.today)
                self.vie.check_record()
                self.vie.reponses.check()
                self.vie.check_chains()
                for cause, days in self.vie.trous.items():
                    trous[cause] = trous.get(cause, 0) + days

        def _fin(self, situation: Situation, jours: int) -> date | None:
            return self.vie.today + timedelta(days=jours) if situation.avec_titre else None

        def _one(self, n: int, *states: str) -> Demande | None:
            """Her n-th demande in these states, in the order of filing; None when there is none."""
            held = {d.id: d for d in self.vie.stored(*(states or tuple(etats.FOLLOWING)))}
            mine = [held[demande_id] for demande_id in self.vie.demandes if demande_id in held]
            return mine[n % len(mine)] if mine else None

    return Trois
