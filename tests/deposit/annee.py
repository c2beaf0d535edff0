"""A year of renewals lived day by day through the real actions: file, examine, decide, hand over, and the due work.

The sources give the number of titles and that more than 80 % of demandes came by the téléservice; delays and the mix of
titles are drawn here, from a seed, so that some decisions come before the end of the title and most after: API follow.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from chassis import clock, event_log, mongo
from chassis.mongo import collection_of
from chassis.web.files import Stored
from chassis.web.who import USAGER, Who
from droit.catalogue import Stade
from droit.catalogue.titre import Piece as PieceAttendue
from sejour.deposit.v1 import deposit_pb2, events_pb2
from services.deposit.cadre import cadre
from services.deposit.compte.actions import comptes
from services.deposit.demande.actions import demandes
from services.deposit.demande.actions.demandes import Choix
from services.deposit.dossier.actions import fichiers
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.demande import Demande, Piece
from services.deposit.droits.actions.attestations import proves
from services.deposit.droits.rules.depot import Objet
from services.deposit.due import DUE
from services.deposit.instruction.actions import canaux, instruction
from tests import drain
from tests.deposit.actes_vecus import ACCORD
from tests.deposit.conftest import PDF, Deposit
from tests.deposit.vie import AGENTE, ordered

# 1 229 869 titles were issued in 2024 (001 réponse), « plus de 80 % » of the demandes by the téléservice.
TITRES_PAR_AN, TELESERVICE = 1_229_869, 82
JOURS = 366
_TITRES = ("etudiant", "conjoint-de-francais", "visiteur", "parent-d-enfant-francais", "talent")
LIEU = "Préfecture d’exemple"


@dataclass(frozen=True)
class Prevu:
    """What will happen to one person: days are counted from the first of the year."""

    rang: int
    titre_code: str
    prefecture: str
    en_ligne: bool
    depot: int
    fin_titre: int
    decision: int
    remise: int


@dataclass
class Annee:
    """One year of `total` renewals. `demandes` are the identifiers, by rank, of what was filed."""

    deposit: Deposit
    total: int
    graine: int
    debut: date = field(default_factory=clock.today)
    demandes: dict[int, str] = field(default_factory=dict)

    def plan(self) -> Iterator[Prevu]:
        """The year, drawn."""
        hasard = random.Random(self.graine)
        places = [departement.code for departement in cadre().catalogue.departements()]
        for rang in range(self.total):
            depot = hasard.randrange(JOURS)
            fin = depot + hasard.randint(30, 110)
            decision = depot + hasard.randint(20, 420)
            yield Prevu(
                rang,
                hasard.choice(_TITRES),
                hasard.choice(places),
                # Spread evenly, so that a slice holds the same share as the year.
                rang * 37 % 100 < TELESERVICE,
                depot,
                fin,
                decision,
                decision + hasard.randint(7, 40),
            )

    def live(self, chaque_jour: Callable[[int], None] = lambda jour: None) -> None:
        """Every day until the last title is handed over: what people do, then what the calendar makes due."""
        stored = fichiers.store().put(BytesIO(PDF), max_bytes=fichiers.max_bytes(), types=fichiers.TYPES)
        acts: dict[int, list[tuple[Callable[..., None], Prevu]]] = defaultdict(list)
        for prevu in self.plan():
            acts[prevu.depot].append((partial(self._file, stored=stored), prevu))
            acts[prevu.decision].append((self._decide, prevu))
            acts[prevu.remise].append((self._hand_over, prevu))
        while acts:
            # On the days between, nobody does anything and nothing is due.
            jour = min(*acts, self._next_due())
            self.deposit.set_day(self.day(jour))
            for act, prevu in acts.pop(jour, ()):
                act(prevu)
            drain.due_work(DUE)
            chaque_jour(jour)

    def _next_due(self) -> int:
        """The number of the next day on which the calendar owes something."""
        ahead = {"next_due_date": {"$gt": ""}}
        found = [
            collection_of(document).find_one(ahead, {"next_due_date": 1}, sort=[("next_due_date", 1)])
            for document in {document for document, _ in DUE}
        ]
        days = [date.fromisoformat(held["next_due_date"]) for held in found if held]
        return min(((day - self.debut).days for day in days), default=10**6)

    def day(self, jour: int) -> date:
        """A day of the year by its number."""
        return self.debut + timedelta(days=jour)

    def _file(self, prevu: Prevu, stored: Stored) -> None:
        key = f"annee:{self.graine}:{prevu.rang}"
        codes = [piece.code for piece in _asked(prevu, self.day(prevu.depot)) if piece.obligatoire]
        filed = self._online(prevu, key, codes, stored) if prevu.en_ligne else self._counter(prevu, key, codes, stored)
        self.demandes[prevu.rang] = filed.id

    def _online(self, prevu: Prevu, key: str, codes: list[str], stored: Stored) -> Demande:
        identite = comptes.Identite(f"Annee {prevu.rang}", date(1990, 5, 17), prefecture=prevu.prefecture)
        usager = comptes.open_account(identite, "", request_id=key)
        who = Who(kind=USAGER, id=usager.id)
        choix = Choix(prevu.titre_code, prefecture=prevu.prefecture, fin_titre=self.day(prevu.fin_titre))
        draft = demandes.begin(usager.id, choix, who, request_id=f"{key}:debut")
        for code in codes:
            demandes.add_piece(draft.id, code, stored, who, request_id=f"{key}:{code}")
        return demandes.submit(draft.id, who, request_id=f"{key}:envoi")

    def _counter(self, prevu: Prevu, key: str, codes: list[str], stored: Stored) -> Demande:
        arrival = self.day(prevu.depot)
        pieces = [
            Piece(
                id=f"{key}:{code}",
                code=code,
                nom=f"{code}.pdf",
                cle=stored.key,
                sha256=stored.sha256,
                taille=stored.size_bytes,
                media_type=stored.media_type,
                voie=events_pb2.VOIE_GUICHET,
                reception_date=arrival,
            )
            for code in codes
        ]
        request = deposit_pb2.DeposerDemandeRequest(
            request_id=key,
            parcours_id=f"parcours:{key}",
            identite=deposit_pb2.Identite(nom=f"Annee {prevu.rang}", naissance_date="1990-05-17"),
            titre_code=prevu.titre_code,
            prefecture=prevu.prefecture,
            voie=events_pb2.VOIE_GUICHET,
            reception_date=arrival.isoformat(),
            fin_titre_date=self.day(prevu.fin_titre).isoformat(),
            complet=True,
        )
        return canaux.file_for(request, pieces, AGENTE)

    def _decide(self, prevu: Prevu) -> None:
        demande_id = self.demandes[prevu.rang]
        ordered(instruction.complete, demande_id, f"{demande_id}:complete")
        ordered(lambda d, o: instruction.decide(d, o, ACCORD), demande_id, f"{demande_id}:decision", acces.DECIDER)

    def _hand_over(self, prevu: Prevu) -> None:
        demande_id = self.demandes[prevu.rang]
        said = f"{demande_id}:pret"
        ordered(lambda d, o: instruction.announce_title(d, o, LIEU), demande_id, said, acces.REMETTRE)
        ordered(instruction.hand_over, demande_id, f"{demande_id}:remise", acces.REMETTRE)


def uncovered(demande: Demande) -> list[date]:
    """The days, from the end of the title held to the handing over, that no document proves: none is lawful."""
    spans = [(a.debut_date, a.fin_date or date.max) for a in demande.attestations if proves(a)]
    after = [demande.fin_titre_date + timedelta(days=n) for n in range(1, _days(demande) + 1)]
    return [day for day in after if not any(debut <= day <= fin for debut, fin in spans)]


def renewals(demande: Demande) -> int:
    """How many times an API followed another by itself."""
    given = [a for a in demande.attestations if a.nature == "API"]
    return max(len(given) - 1, 0)


def facts_of(demande_id: str) -> list[dict[str, Any]]:
    """The facts of a demande, which nobody has sent: the broker is not even there."""
    return event_log.history(Demande, mongo.database("deposit"), demande_id)


def _days(demande: Demande) -> int:
    late: timedelta = demande.remise_date - demande.fin_titre_date
    return max(late.days, 0)


def _asked(prevu: Prevu, day: date) -> tuple[PieceAttendue, ...]:
    frame = cadre()
    return Objet(prevu.titre_code, "", Stade.RENOUVELLEMENT).pieces(frame.catalogue, day, frame.position)
