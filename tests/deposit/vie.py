"""The life of one person in deposit: her days, what they make due, and what must hold on each of them.

What is owed is judged by `oracle`, which knows nothing of the engine; her acts are in `actes_vecus`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from io import BytesIO

import pytest

from chassis import clock, event_log, mongo
from chassis.inbox import Meta
from chassis.mongo import collection_of
from chassis.web.files import Stored
from chassis.web.who import AGENT, USAGER, Who
from documents import code2d
from documents.etat import EtatDocument
from services.deposit.acte.actions import Order, Plan, carry_out
from services.deposit.compte.actions import comptes
from services.deposit.demande.actions import queries
from services.deposit.dossier.actions import fichiers
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Attestation, Demande, DemandePieces
from services.deposit.dossier.store.panne import Panne
from services.deposit.dossier.store.usager import Blocage, Usager
from services.deposit.droits.actions import preuves
from services.deposit.due import DUE
from services.deposit.instruction.actions import instruction
from services.deposit.panne.actions import annonces
from services.deposit.store import DOCUMENTS
from tests import drain
from tests.deposit import oracle
from tests.deposit.conftest import MOT_DE_PASSE, PDF, Deposit, Personne
from tests.deposit.desk import an_agent, signed_in
from tests.deposit.oracle import AVANCE, UN_JOUR, Attendu, Papier
from tests.deposit.reponses import Reponses

TROIS_ANS = timedelta(days=3 * 365)
PANNE_JOURS = 12
AGENTE = Who(kind=AGENT, id="agent-vie", roles=frozenset({"instructeur", "superviseur"}), prefectures=frozenset({"*"}))
VIVANTES = etats.EN_INSTRUCTION
ACCEPTEES = (etats.FAVORABLE, etats.TITRE_PRET)
# « Refused only if the demande is rejected », « until the handing over » (DEP-48, DEP-53): these end its documents.
FINIES = (etats.DEFAVORABLE, etats.REMISE)
PREUVES = ("API", "ADF", "REG", "REC")


def ordered(plan: Plan, demande_id: str, request_id: str, pouvoir: str = acces.INSTRUIRE) -> Demande:
    """An act of the agent, as a page or a JSON route carries it out."""
    return carry_out(plan, pouvoir, demande_id, Order(AGENTE, None, request_id, clock.today()))


class Vie:
    """One person, her demandes, and her days; `trous` are the days without document that the texts leave."""

    def __init__(self, deposit: Deposit, debut: date, reglee: bool) -> None:
        self.deposit, self.debut, self.reglee = deposit, debut, reglee
        self.fin = debut + TROIS_ANS
        self.demandes: dict[str, Attendu] = {}
        self.blocages: list[tuple[str, date]] = []
        self.pannes: list[oracle.Panne] = []
        self.pannes_ids: list[str] = []
        self.trous: dict[str, int] = {}
        self._numero = 0
        self._empty()
        deposit.set_day(debut)
        identite = comptes.Identite(nom="Exemple", naissance=date(1990, 5, 17), numero_etranger="9900000001")
        usager = comptes.open_account(identite, MOT_DE_PASSE, request_id=self.key())
        self.usager_id, self.parcours_id, self.identifiant = usager.id, usager.parcours_id, usager.identifiant
        self.elle = Who(kind=USAGER, id=usager.id)
        self.fichier: Stored = fichiers.store().put(BytesIO(PDF), max_bytes=len(PDF), types=fichiers.TYPES)

    @staticmethod
    def _empty() -> None:
        db = mongo.database(ALIAS)
        for document in DOCUMENTS:
            collection_of(document).delete_many({"_id": {"$gt": ""}})
        for name in ("faits", "recus"):
            db[name].delete_many({"_id": {"$gt": ""}})

    @cached_property
    def reponses(self) -> Reponses:
        """The screens of every channel."""
        person = Personne(self.deposit, self.usager_id, self.identifiant, "")
        agent = an_agent(self.deposit, "instructeur", "superviseur", prefectures=("*",), agent_id="agent-ecran")
        return Reponses(self.deposit, self.usager_id, signed_in(self.deposit, person), agent)

    def key(self) -> str:
        """A new request id; the same ones in the same order in every run."""
        self._numero += 1
        return f"vie-{self.debut}-{self._numero}"

    def meta(self, subject: str, aggregate: str, version: int = 1) -> Meta:
        """The envelope of a fact of another service."""
        return Meta(self.key(), subject, aggregate, version, self.parcours_id, self.today, datetime.now().astimezone())

    # Days

    @property
    def today(self) -> date:
        """The legal day."""
        return clock.today()

    def _until(self, jours: int) -> date:
        # An outage lasts days, not years; a life ends with its three years.
        jours = min(jours, PANNE_JOURS) if self.en_panne else jours
        return min(self.today + timedelta(days=jours), self.fin)

    @property
    def en_panne(self) -> bool:
        """Whether an outage lasts."""
        return bool(self.pannes) and self.pannes[-1].fin is None

    def wait(self, jours: int) -> None:
        """Days pass, at most to the end of the three years: each day that makes something due is lived."""
        until = self._until(jours)
        while self.today < until:
            day = min([until, *(d for d in self._days_that_count() if d > self.today)])
            self.check_days(self.today, day - UN_JOUR)
            self.deposit.set_day(day)
            self.settle()
            self.check_told()

    def sleep(self, jours: int) -> None:
        """No worker for days, or the clock moved in one step: what comes late covers the days from when it was owed."""
        first, until = self.today, self._until(jours)
        if until > first:
            self.deposit.set_day(until)
            self.settle()
            self.check_days(first, until - UN_JOUR)
            self.check_told()

    def fail(self, jours: int) -> None:
        """What is due fails for this person, day after day; then it is mended, and no day is lost."""
        first, until = self.today, self._until(jours)
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr(code2d, "sign", _broken)
            for day in oracle.days(first + UN_JOUR, until):
                self.deposit.set_day(day)
                drain.due_work(DUE, annonces.tell)
        for document in DOCUMENTS:
            # The time that a failed attempt waits for has passed.
            collection_of(document).update_many({}, {"$unset": {"due_lease_time": 1}})
        self.settle()
        if until > first:
            self.check_days(first, until - UN_JOUR)
        self.check_told()

    def settle(self) -> None:
        """What is due today is done; where a renewal must be asked for, she asks for it in time."""
        drain.due_work(DUE, annonces.tell)
        if not self.reglee:
            self._ask_renewals()

    def _days_that_count(self) -> Iterator[date]:
        for document in {document for document, _ in DUE}:
            for found in collection_of(document).find({"next_due_date": {"$gt": ""}}, {"next_due_date": 1}):
                yield date.fromisoformat(found["next_due_date"])
        if not self.reglee:
            for demande in self.stored(*VIVANTES):
                yield from (a.fin_date - timedelta(days=AVANCE) for a in self.proofs(demande) if a.fin_date)

    def _ask_renewals(self) -> None:
        for demande in self.stored(*VIVANTES):
            while (last := self._ending(demande)) is not None:
                demande = instruction.ask_renewal(demande.id, self.elle, request_id=self.key())
                if self._ending(demande) == last:
                    break

    def _ending(self, demande: Demande) -> date | None:
        ends = [a.fin_date or date.max for a in self.proofs(demande)]
        return max(ends) if ends and max(ends) <= self.today + timedelta(days=AVANCE) else None

    # What is read

    def read(self, demande_id: str) -> Demande:
        """A demande as stored."""
        found: Demande = Demande.objects(id=demande_id).first()
        return found

    def stored(self, *states: str) -> list[Demande]:
        """Her demandes in these states that the oracle follows."""
        return [d for d in Demande.objects(usager_id=self.usager_id, state__in=states) if d.id in self.demandes]

    @staticmethod
    def proofs(demande: Demande) -> list[Attestation]:
        """The documents that prove a right to stay, those replaced apart."""
        return [a for a in demande.documents if a.nature in PREUVES]

    def papers(self, demande: Demande) -> list[Papier]:
        """Every document given for this demande, here or elsewhere; one that was replaced was valid until then."""
        issued = {a.numero: a.emis_date for a in demande.attestations}
        here = [
            Papier(a.debut_date, issued[a.remplacee_par] - UN_JOUR if a.remplacee_par else a.fin_date)
            for a in demande.attestations
            if a.nature in PREUVES
        ]
        return here + self.demandes[demande.id].ailleurs

    def covered(self, demande: Demande, day: date) -> bool:
        """Whether a document of this demande is valid on a day, as it stands."""
        return any(paper.holds(day) for paper in self.papers(demande))

    def owed(self, demande: Demande, day: date) -> bool:
        """Whether promise 1 owes a document on this demande that day."""
        if demande.state in ACCEPTEES:
            return bool(demande.decision_date <= day)
        since = self.demandes[demande.id].du_depuis(day)
        return demande.state in VIVANTES and since is not None and since <= day

    # What must hold

    def check_days(self, first: date, last: date) -> None:
        """Each day just lived, as things stand: a valid document with the right words, or a gap that texts leave."""
        for demande in self.stored(*VIVANTES, *ACCEPTEES):
            papers = self.papers(demande)
            owed = [day for day in oracle.days(first, last) if self.owed(demande, day)]
            bare = [day for day in owed if not any(paper.holds(day) for paper in papers)]
            if bare:
                self._explain(demande, bare)
            self._check_words(demande, last)
            if self.reglee:
                self._check_no_day_was_skipped(demande, last)

    def _explain(self, demande: Demande, bare: list[date]) -> None:
        known = self.demandes[demande.id]
        cause = "" if self.reglee else known.cause_laissee_par_les_textes()
        decided = demande.state in ACCEPTEES
        assert cause and not decided, f"{known}: no valid document on {bare[0]} ({len(bare)} days), {demande.state}"
        self.trous[cause] = self.trous.get(cause, 0) + len(bare)

    def _check_words(self, demande: Demande, day: date) -> None:
        valid = [a for a in self.proofs(demande) if Papier(a.debut_date, a.fin_date).holds(day)]
        for document in valid[:1]:
            read = queries.check_document(document.numero, day).to_dict()
            assert read["etat"] == "valide", (read["etat"], day, demande.state)
            known = self.demandes[demande.id]
            said = read["document"]["travail_mention"]
            assert said == known.situation.mention, (known, said)

    def _check_no_day_was_skipped(self, demande: Demande, last: date) -> None:
        """Closed then reopened, refused then reopened: the documents follow one another without a missing day."""
        known = self.demandes[demande.id]
        since = known.du_depuis(last)
        if since is not None and since <= last:
            bare = oracle.first_bare(self.papers(demande), since, last)
            assert bare is None, f"{known}: the documents leave {bare} out"

    def check_told(self) -> None:
        """What every channel reads today is what the words of the rows give, document by document (one function)."""
        today, usager = self.today, Usager.objects(id=self.usager_id).first()
        told = preuves.of_person(usager, today)
        numbers = {proof.numero for proof in told if proof.numero}
        for demande in Demande.objects(usager_id=self.usager_id, state__ne=etats.BROUILLON):
            for a in demande.attestations:
                days = Papier(a.debut_date, a.fin_date).holds(today) and not a.remplacee_par
                valid = days and a.nature in PREUVES and demande.state not in FINIES
                if a.nature in PREUVES:
                    verdict = preuves.state_of(demande, a, today)
                    assert (verdict is EtatDocument.VALIDE) == valid, (demande.state, a.nature, verdict)
                prolongs = days and a.nature == "AD" and a.fin_date and demande.fin_titre_date < today
                hers = not demande.beneficiaire and (valid or prolongs)
                assert (a.numero in numbers) == bool(hers), (demande.state, a.nature, a.debut_date, a.fin_date, today)
        for demande in self.stored(etats.REMISE):
            carte = demande.carte if not demande.beneficiaire else {}
            if carte and carte["debut"] <= today.isoformat() <= carte["fin"]:
                assert any(proof.fin == date.fromisoformat(carte["fin"]) for proof in told), (carte, told)
        for known in self.demandes.values():
            held = known.fin_titre is not None and today <= known.fin_titre and not known.enfant
            if held and self.read(known.id).state not in (etats.ANNULEE, etats.REPUDIEE, etats.REMISE):
                assert told, f"{known}: a card or a visa is held on {today}, and nothing is told"

    def check_record(self) -> None:
        """First dates, closings, delays: as the requirements want them, whatever was done in whatever order."""
        for demande in self.stored(*VIVANTES):
            known = self.demandes[demande.id]
            assert demande.retenue_date <= known.premiere_date, (known, demande.retenue_date)
            for request in demande.demandes_pieces:
                assert not request.depassee or self.today > self._answer_by(demande, request), request.to_mongo()
        for demande in self.stored(etats.CLOSE):
            assert demande.cloture.get("motif", "").strip() and demande.cloture.get("texte", "").strip()
            assert any(a.nature == "CLOTURE" for a in demande.attestations)

    def _answer_by(self, demande: Demande, request: DemandePieces) -> date:
        known = self.demandes[demande.id]

        def stopped(day: date) -> bool:
            own = any(a.debut_date <= day and (a.fin_date is None or day < a.fin_date) for a in demande.arrets)
            return own or known.stopped(day)

        return oracle.answer_by(request.demande_date, request.delai_jours, stopped, self.fin)

    def check_chains(self) -> None:
        """The history of each aggregate is whole and chained."""
        for document in (Demande, Blocage, Panne):
            for found in document.objects():
                facts = event_log.whole_history(document, mongo.database(ALIAS), found.id)
                assert event_log.broken_link(facts) is None
                assert [f["version"] for f in facts] == sorted({f["version"] for f in facts})


def _broken(*args: object) -> str:
    raise RuntimeError("the signature does not answer")
