"""The life of one person in deposit: her days and what they make due, the acts of agents, what is read of her.

Each day is judged by `jugement`, with an oracle that knows nothing of the engine; her acts are in `actes_vecus`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from io import BytesIO
from typing import Any

import pytest

from chassis import clock, mongo
from chassis.inbox import Meta
from chassis.mongo import collection_of
from chassis.web.files import Stored
from chassis.web.who import AGENT, USAGER, Who
from documents import code2d
from services.deposit.acte.actions import Order, Plan, carry_out
from services.deposit.bureau.actions.actes import PAR_CODE
from services.deposit.compte.actions import comptes
from services.deposit.dossier.actions import fichiers
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Attestation, Demande
from services.deposit.due import DUE
from services.deposit.instruction.actions import effets, instruction
from services.deposit.panne.actions import annonces
from services.deposit.store import DOCUMENTS
from tests import drain
from tests.deposit import jugement, oracle
from tests.deposit.conftest import MOT_DE_PASSE, PDF, Deposit, Personne
from tests.deposit.desk import an_agent, signed_in
from tests.deposit.jugement import ACCEPTEES, PREUVES, VIVANTES
from tests.deposit.oracle import AVANCE, UN_JOUR, Attendu, Carte, Papier
from tests.deposit.reponses import Reponses

TROIS_ANS = timedelta(days=3 * 365)
PANNE_JOURS = 12
AGENTE = Who(kind=AGENT, id="agent-vie", roles=frozenset({"instructeur", "superviseur"}), prefectures=frozenset({"*"}))


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
        # Cards in hand or that were, by their number; and the demandes that the older application left open.
        self.cartes: dict[str, Carte] = {}
        self.fantomes: list[str] = []
        # Her record in the older application, as it stands there; None before it is first taken over.
        self.fiche: dict[str, Any] | None = None
        self.par_api = False
        self.trous: Counter[str] = Counter()
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
    def elle_par_api(self) -> Personne:
        """The same person before the API, with a token of her own."""
        said = {"identifiant": self.identifiant, "password": MOT_DE_PASSE}
        opened = self.deposit.call("POST", "/comptes:connexion", json=said)
        assert opened.status_code == 201, opened.json
        return Personne(self.deposit, self.usager_id, self.identifiant, opened.json["jeton"])

    @cached_property
    def jeton_agent(self) -> str:
        """The token of the agent before the API."""
        return self.deposit.agent(*AGENTE.roles, prefectures=("*",), agent_id="agent-api")

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

    # Agents

    def agent(self, demande_id: str, code: str, **champs: Any) -> None:
        """An act of the agent, by the API in half of the lives; the oracle learns what it says."""
        self.act(demande_id, code, self.key(), **champs)
        self.learn(demande_id, code, **champs)

    def act(self, demande_id: str, code: str, request_id: str, **champs: Any) -> None:
        """The act alone. Raises Refused when it is not done through the API."""
        acte = PAR_CODE[code]
        if self.par_api:
            done = self.deposit.call("POST", f"/demandes/{demande_id}:{code}", self.jeton_agent, json=champs or None)
            assert done.status_code == 200, (code, done.json)
        else:
            acte.do(demande_id, Order(AGENTE, acte.inputs(**champs), request_id, self.today))
            effets.apply(demande_id)

    def learn(self, demande_id: str, code: str, **champs: Any) -> None:
        """What is granted was complete; a dossier that follows her is elsewhere from today."""
        known = self.demandes[demande_id]
        if code in ("complete", "favorable"):
            known.verifiee = known.verifiee or self.today
        if code == "transferer":
            known.demenagements.append((self.today, champs["prefecture"]))

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
            jugement.check_days(self, self.today, day - UN_JOUR)
            self.deposit.set_day(day)
            self.settle()
            jugement.check_told(self)

    def sleep(self, jours: int) -> None:
        """No worker for days, or the clock moved in one step: what comes late covers the days from when it was owed."""
        first, until = self.today, self._until(jours)
        if until > first:
            self.deposit.set_day(until)
            self.settle()
            jugement.check_days(self, first, until - UN_JOUR)
            jugement.check_told(self)

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
            jugement.check_days(self, first, until - UN_JOUR)
        jugement.check_told(self)

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

    def given_back(self, known: Attendu) -> bool:
        """Whether the card that a demande follows was given back for the one that was handed over in its place."""
        return any(c.remplace == known.fin_titre and c.debut <= self.today for c in self.cartes.values())


def _broken(*args: object) -> str:
    raise RuntimeError("the signature does not answer")
