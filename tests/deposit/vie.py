"""The life of one person in deposit, through its real actions: acts, outages, days and what they make due.

What must hold each day is judged by `attendus`, which knows nothing of the engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

from blocage.actions import Constat
from chassis import clock, event_log, mongo
from chassis.inbox import Meta
from chassis.mongo import collection_of
from chassis.web.files import Stored
from chassis.web.who import AGENT, USAGER, Who
from sejour.blocage.v1 import blocage_pb2
from sejour.substitution.v1 import events_pb2 as substitution
from services.deposit.acte.actions import Order, Plan, carry_out
from services.deposit.blocage.actions import blocages
from services.deposit.compte.actions import comptes
from services.deposit.demande.actions import demandes, queries
from services.deposit.dossier.actions import fichiers
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Attestation, Demande, DemandePieces
from services.deposit.dossier.store.panne import Panne
from services.deposit.dossier.store.usager import Blocage
from services.deposit.droits.actions import attestations
from services.deposit.due import DUE
from services.deposit.instruction.actions import instruction
from services.deposit.panne.actions import annonces, pannes
from services.deposit.store import DOCUMENTS
from tests import drain
from tests.deposit.attendus import AVANCE, FERMETURE, UN_JOUR, Attendu, Situation
from tests.deposit.conftest import PDF, Deposit

TROIS_ANS = timedelta(days=3 * 365)
PANNE_JOURS = 12
AGENTE = Who(kind=AGENT, id="agent-vie", roles=frozenset({"instructeur", "superviseur"}), prefectures=frozenset({"*"}))
EXPLOITANTE = Who(kind=AGENT, id="agent-national", roles=frozenset({"exploitant"}), prefectures=frozenset({"*"}))
FERMETURE_MOTIVEE = instruction.Fermeture("pièces absentes", "texte appliqué", (), ("recours gracieux",))
ACCORD = instruction.Sens(favorable=True)
REFUS = instruction.Sens(favorable=False, motif="motif", texte="texte appliqué", recours=("recours gracieux",))

VIVANTES = etats.EN_INSTRUCTION
# In these the documents given go on being valid: closing and cancelling shorten none.
ENCORE_PROUVEES = (*VIVANTES, etats.FAVORABLE, etats.TITRE_PRET, etats.CLOSE, etats.ANNULEE)


def ordered(plan: Plan, demande_id: str, request_id: str, pouvoir: str = acces.INSTRUIRE) -> Demande:
    """An act of the agent, as a page or a JSON route carries it out."""
    return carry_out(plan, pouvoir, demande_id, Order(AGENTE, None, request_id, clock.today()))


class Vie:
    """One person, her demandes, and her days; `trous` are the days without document that the texts leave."""

    def __init__(self, deposit: Deposit, debut: date, reglee: bool) -> None:
        self.deposit, self.debut, self.reglee = deposit, debut, reglee
        self.fin = debut + TROIS_ANS
        self.demandes: dict[str, Attendu] = {}
        self.blocages: list[tuple[str, str, date]] = []
        self.arrets: list[tuple[str, date, date | None]] = []
        self.trous: dict[str, int] = {}
        self._numero = 0
        self._empty()
        deposit.set_day(debut)
        identite = comptes.Identite(nom="Exemple", naissance=date(1990, 5, 17), numero_etranger="9900000001")
        usager = comptes.open_account(identite, "", request_id=self.key())
        self.usager_id, self.parcours_id = usager.id, usager.parcours_id
        self.elle = Who(kind=USAGER, id=usager.id)
        self._file: Stored = fichiers.store().put(BytesIO(PDF), max_bytes=len(PDF), types=fichiers.TYPES)

    @staticmethod
    def _empty() -> None:
        db = mongo.database(ALIAS)
        for document in DOCUMENTS:
            collection_of(document).delete_many({"_id": {"$gt": ""}})
        for name in ("faits", "recus"):
            db[name].delete_many({"_id": {"$gt": ""}})

    def key(self) -> str:
        """A new request id; the same ones in the same order in every run."""
        self._numero += 1
        return f"vie-{self.debut}-{self._numero}"

    # Days

    @property
    def today(self) -> date:
        """The legal day."""
        return clock.today()

    def wait(self, jours: int) -> None:
        """Days pass, at most to the end of the three years: each day that makes something due is lived."""
        if self.arrets and self.arrets[-1][2] is None:
            # An outage lasts days, not years.
            jours = min(jours, PANNE_JOURS)
        until = min(self.today + timedelta(days=jours), self.fin)
        while self.today < until:
            day = min([until, *(d for d in self._days_that_count() if d > self.today)])
            self.check_days(self.today, day - UN_JOUR)
            self.deposit.set_day(day)
            self.settle()

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
            for demande in self.stored(*etats.EN_INSTRUCTION):
                yield from (a.fin_date - timedelta(days=AVANCE) for a in self.proofs(demande) if a.fin_date)

    def _ask_renewals(self) -> None:
        for demande in self.stored(*etats.EN_INSTRUCTION):
            while (last := self._ending(demande)) is not None:
                demande = instruction.ask_renewal(demande.id, self.elle, request_id=self.key())
                if self._ending(demande) == last:
                    break

    def _ending(self, demande: Demande) -> date | None:
        ends = [a.fin_date or date.max for a in self.proofs(demande)]
        return max(ends) if ends and max(ends) <= self.today + timedelta(days=AVANCE) else None

    # Acts

    def file(self, situation: Situation, fin_titre: date | None) -> str:
        """A demande filed online with each mandatory piece."""
        choix = demandes.Choix(
            titre_code=situation.titre,
            prefecture="69",
            fin_titre=fin_titre,
            situation_reguliere=situation.stade != "regularisation",
            visa=situation.stade == "premiere",
        )
        covered = any(self.covering(other, self.today) for other in self.stored(*ENCORE_PROUVEES))
        draft = demandes.begin(self.usager_id, choix, self.elle, request_id=self.key())
        for piece in attestations.objet_of(draft).pieces(*self._catalogue()):
            if piece.obligatoire:
                demandes.add_piece(draft.id, piece.code, "piece.pdf", self._file, self.elle, request_id=self.key())
        filed = demandes.submit(draft.id, self.elle, request_id=self.key())
        assert filed.stade == situation.stade
        known = Attendu(filed.id, situation, self.today, fin_titre, couvert=covered)
        known.tentatives = [day for _, titre, day in self.blocages if titre in ("", situation.titre)]
        known.tentatives += self._protected(known)
        self.demandes[filed.id] = known
        return str(filed.id)

    def _catalogue(self) -> tuple[Any, date, Any]:
        from services.deposit.cadre import cadre

        return cadre().catalogue, self.today, cadre().position

    def _protected(self, known: Attendu) -> list[date]:
        if known.fin_titre is None:
            return []
        deadlines = [known.fin_titre]
        if known.situation.stade == "renouvellement":
            deadlines.append(known.fin_titre - timedelta(days=FERMETURE))
        return [
            debut
            for _, debut, fin in self.arrets
            for deadline in deadlines
            if debut <= deadline and (fin is None or deadline <= fin)
            if known.depot >= debut and (fin is None or known.depot <= fin + UN_JOUR + (deadline - debut))
        ]

    def block(self, titre: str, tried: date) -> None:
        """Something stops her today; `tried` is an earlier day that another channel had written down."""
        if tried == self.today:
            constat = Constat(
                parcours_id=self.parcours_id,
                symptome=blocage_pb2.SYMPTOME_AUTRE,
                prefecture="69",
                jour=self.today,
                par=self.elle.subject,
                usager_id=self.usager_id,
                titre_code=titre,
            )
            made = blocages.record(constat, request_id=self.key())
            self.blocages.append((made.id, titre, made.premiere_tentative_date))
            tried = made.premiere_tentative_date
        else:
            blocage_id = self.key()
            event = blocage_pb2.BlocageConstate(
                blocage_id=blocage_id,
                parcours_id=self.parcours_id,
                usager_id=self.usager_id,
                titre_code=titre,
                prefecture="69",
                constat_date=self.today.isoformat(),
                premiere_tentative_date=tried.isoformat(),
            )
            blocages.on_constate(event, self.meta("ccc.blocage.constate", blocage_id))
            self.blocages.append((blocage_id, titre, tried))
        for known in self.demandes.values():
            if titre in ("", known.situation.titre) and self.read(known.id).state in VIVANTES:
                known.tentatives.append(tried)

    def meta(self, subject: str, aggregate: str, version: int = 1) -> Meta:
        """The envelope of a fact of another service."""
        return Meta(self.key(), subject, aggregate, version, self.parcours_id, self.today, datetime.now().astimezone())

    def outage(self, *, told: bool) -> None:
        """An outage begins, declared here or told by substitution."""
        if told:
            panne_id = self.key()
            event = substitution.PanneDeclaree(panne_id=panne_id, debut_date=self.today.isoformat())
            pannes.on_declaree(event, self.meta("substitution.panne.declaree", panne_id))
        else:
            panne_id = pannes.declare((), EXPLOITANTE, request_id=self.key()).id
        self.arrets.append((panne_id, self.today, None))

    def outage_ends(self) -> None:
        """It is over, said by who declared it."""
        panne_id, debut, _ = self.arrets[-1]
        if Panne.objects(id=panne_id).first().origine == pannes.AILLEURS:
            event = substitution.PanneTerminee(panne_id=panne_id, fin_date=self.today.isoformat())
            pannes.on_terminee(event, self.meta("substitution.panne.terminee", panne_id, 2))
        else:
            pannes.end(panne_id, EXPLOITANTE, request_id=self.key())
        self.arrets[-1] = (panne_id, debut, self.today)

    def answer(self, demande_id: str) -> None:
        """She sends every piece that was asked for."""
        for request in self.read(demande_id).demandes_pieces:
            for code in request.pieces if request.repondue_date is None else ():
                demandes.add_piece(demande_id, code, "reponse.pdf", self._file, self.elle, request_id=self.key())

    # What is read

    def read(self, demande_id: str) -> Demande:
        """A demande as stored."""
        found: Demande = Demande.objects(id=demande_id).first()
        return found

    def stored(self, *states: str) -> list[Demande]:
        """Her demandes in these states."""
        return [d for d in Demande.objects(usager_id=self.usager_id) if d.state in states]

    @staticmethod
    def proofs(demande: Demande) -> list[Attestation]:
        """The documents that prove a right to stay, those replaced apart."""
        return [a for a in demande.documents if a.nature in ("API", "ADF", "REG", "REC")]

    @staticmethod
    def proofs_ever(demande: Demande) -> list[Attestation]:
        """Those replaced too: they were valid until then."""
        return [a for a in demande.attestations if a.nature in ("API", "ADF", "REG", "REC")]

    def covering(self, demande: Demande, day: date) -> Attestation | None:
        """A document of this demande that is valid on a day."""
        for a in self.proofs(demande):
            if a.debut_date <= day and (a.fin_date is None or day <= a.fin_date):
                return a
        return None

    def owed(self, demande: Demande, day: date) -> bool:
        """Whether promise 1 owes a document on this demande that day."""
        known = self.demandes[demande.id]
        if demande.state in (etats.FAVORABLE, etats.TITRE_PRET):
            return True
        since = known.du_depuis(day)
        return demande.state in etats.EN_INSTRUCTION and since is not None and since <= day

    # What must hold

    def check_days(self, first: date, last: date) -> None:
        """Each day just lived, as things stood: a valid document with the right words, or a gap that texts leave."""
        for demande in self.stored(*etats.EN_INSTRUCTION, etats.FAVORABLE, etats.TITRE_PRET):
            days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
            bare = [day for day in days if self.owed(demande, day) and self.covering(demande, day) is None]
            if bare:
                self._explain(demande, bare)
            self._check_words(demande, first)
            if self.reglee:
                self._check_no_day_was_skipped(demande, last)

    def _explain(self, demande: Demande, bare: list[date]) -> None:
        known = self.demandes[demande.id]
        cause = "" if self.reglee else known.cause_laissee_par_les_textes()
        decided = demande.state in (etats.FAVORABLE, etats.TITRE_PRET)
        assert cause and not decided, f"{known}: no valid document on {bare[0]} ({len(bare)} days), {demande.state}"
        self.trous[cause] = self.trous.get(cause, 0) + len(bare)

    def _check_words(self, demande: Demande, day: date) -> None:
        document = self.covering(demande, day)
        if document is None:
            return
        read = queries.check_document(document.numero, day).to_dict()
        assert read["etat"] == "valide", (read["etat"], day, demande.state)
        known = self.demandes[demande.id]
        said = read["document"]["travail_mention"]
        assert said == known.situation.mention, (known, said)

    def _check_no_day_was_skipped(self, demande: Demande, last: date) -> None:
        """Closed then reopened, refused then reopened: the documents follow one another without a missing day."""
        known = self.demandes[demande.id]
        reached = known.du_depuis(last)
        for document in sorted(self.proofs_ever(demande), key=lambda a: a.debut_date):
            if reached is not None and document.debut_date <= reached:
                reached = max(reached, document.fin_date + UN_JOUR if document.fin_date else date.max)
        assert reached is None or reached > last, f"{known}: the documents leave {reached} out"

    def check_record(self) -> None:
        """First dates, closings, delays: as the requirements want them, whatever was done in whatever order."""
        for demande in self.stored(*VIVANTES):
            known = self.demandes[demande.id]
            assert demande.retenue_date <= known.premiere_date, (known, demande.retenue_date)
            for request in demande.demandes_pieces:
                assert not request.depassee or self.today > self._naive_last_day(demande, request), request.to_mongo()
        for demande in self.stored(etats.CLOSE):
            assert demande.cloture.get("motif", "").strip() and demande.cloture.get("texte", "").strip()
            assert any(a.nature == "CLOTURE" for a in demande.attestations)

    def _naive_last_day(self, demande: Demande, request: DemandePieces) -> date:
        """The thirtieth day that ran: day by day, an outage or a stop takes the day away."""
        left: int = request.delai_jours
        day: date = request.demande_date
        stops = [(debut, fin and fin + UN_JOUR) for _, debut, fin in self.arrets]
        stops += [(a.debut_date, a.fin_date) for a in demande.arrets]
        while left:
            day += UN_JOUR
            if any(debut <= day and (fin is None or day < fin) for debut, fin in stops):
                if day > self.fin:
                    return self.fin
                continue
            left -= 1
        return day

    def check_chains(self) -> None:
        """The history of each aggregate is whole and chained."""
        for document in (Demande, Blocage, Panne):
            for found in document.objects():
                facts = event_log.whole_history(document, mongo.database(ALIAS), found.id)
                assert event_log.broken_link(facts) is None
                assert [f["version"] for f in facts] == sorted({f["version"] for f in facts})
