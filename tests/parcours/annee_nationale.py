"""CASE-69: a year of every channel, at one ten-thousandth of the national volumes, drawn week by week from a seed.

The sources give the volumes and the parts of the topics; the week of each arrival, delays and abandoned calls are drawn
here. No source gives a peak: one week holds P-PEAK times an average one.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any

from dev.environment import CENTRE
from dev.parcours.monde import Acteur, Monde, file_demande
from dev.parcours.recit import days_without
from droit.catalogue import catalogue
from droit.dates import Position
from loadtests.accounts import nom
from loadtests.mix import ACCOMPAGNES, APPELS, COURRIELS, TITRES
from loadtests.subjects import SUJETS, subject

UN_SUR = 10_000
SEMAINES, PIC, SEPT_JOURS = 52, 26, timedelta(days=7)
LIEU, PREFECTURE = "75-pan-cite", "75"
CODES = ("etudiant", "conjoint-de-francais", "visiteur", "parent-d-enfant-francais", "talent")
# One call in ten is given up before anybody answers, one demande in four is still open at the end of the year.
ABANDON, ATTENTE_SECONDES, SANS_DECISION = 10, 600, 4
ISSUE = "INFORMATION_SUIVI"


def part_of(volume: int) -> int:
    """A national volume, at the scale of this year."""
    return round(volume / UN_SUR)


def courriel(rang: int) -> str:
    """Where the person of this rank reads what she is told."""
    return f"case69-{rang}@exemple.test"


@dataclass
class Vie:
    """One renewal: who files, what, and the week in which an agent decides (none within the year)."""

    rang: int
    code: str
    fin: date
    decision: int | None
    personne: Acteur
    demande_id: str = ""


@dataclass
class Annee:
    """What came, week after week, through public interfaces only."""

    monde: Monde
    graine: int = 69
    semaine: int = 0
    vies: list[Vie] = field(default_factory=list)
    sujets: Counter[str] = field(default_factory=Counter)
    ecrits: list[str] = field(default_factory=list)
    appels: int = 0
    abandons: int = 0
    visites: int = 0
    lues: set[str] = field(default_factory=set)

    def live(self) -> None:
        """The whole year; each week is over when nothing is under way any more."""
        self.hasard = random.Random(self.graine)
        weeks = self._weeks()
        for self.semaine, acts in enumerate(weeks):
            for act in acts:
                act()
            self.monde.stack.clock.wait_quiet()
            self._answer()
            for vie in self.vies:
                if vie.decision == self.semaine:
                    self._agent.post(f"/demandes/{vie.demande_id}:favorable")
            self.monde.stack.clock.set(self.monde.today + SEPT_JOURS, direct=True)

    def gaps(self) -> dict[int, list[date]]:
        """The days without document of each person, from the end of her title until today."""
        found = {}
        for vie in self.vies:
            documents = self.demande(vie)["documents"]
            missing = days_without(documents, vie.fin + timedelta(days=1), self.monde.today)
            if missing:
                found[vie.rang] = missing
        return found

    def waiting(self) -> list[Vie]:
        """Whose title has ended, with no decision yet."""
        return [vie for vie in self.vies if vie.fin < self.monde.today and (vie.decision or SEMAINES) >= SEMAINES]

    def demande(self, vie: Vie) -> dict[str, Any]:
        """Her demande, as the agent reads it."""
        found: dict[str, Any] = self._agent.get(f"/demandes/{vie.demande_id}")
        return found

    @property
    def _agent(self) -> Acteur:
        return self.monde.agent("deposit", "ines")

    def _weeks(self) -> list[list[Any]]:
        """The acts of each week: as many of each kind as the year holds, P-PEAK times more in the week of the peak."""
        peak = catalogue().national.number("P-PEAK", self.monde.today, Position.RECOMMANDATION)
        chances = [peak if week == PIC else 1 for week in range(SEMAINES)]
        kinds = (
            (self._file, part_of(TITRES)),
            (self._call, part_of(APPELS)),
            (self._write, part_of(COURRIELS)),
            (self._visit, part_of(ACCOMPAGNES)),
        )
        weeks: list[list[Any]] = [[] for _ in range(SEMAINES)]
        for act, number in kinds:
            for rang, week in enumerate(self.hasard.choices(range(SEMAINES), chances, k=number)):
                weeks[week].append(partial(act, rang))
        return weeks

    def _file(self, rang: int) -> None:
        """She opens an account and files online, before the end of her title; an agent finds the demande complete."""
        late = rang % SANS_DECISION == 0
        vie = Vie(
            rang,
            CODES[rang % len(CODES)],
            self.monde.today + timedelta(days=self.hasard.randint(3, 110)),
            None if late else self.semaine + self.hasard.randint(3, SEMAINES),
            self.monde.person(
                nom=nom(rang), prenoms="Exemple", naissance_date="1990-05-17", nationalite="MA",
                prefecture=PREFECTURE, courriel=courriel(rang),
            ),
        )  # fmt: skip
        choix = {"titre_code": vie.code, "prefecture": PREFECTURE, "fin_titre_date": vie.fin.isoformat()}
        vie.demande_id = file_demande(vie.personne, **choix)["demande_id"]
        self._agent.post(f"/demandes/{vie.demande_id}:complete")
        self.vies.append(vie)

    def _call(self, rang: int) -> None:
        """Somebody calls: an agent writes down what she says, or nobody answered in time."""
        self.appels += 1
        if rang % ABANDON == 0:
            self.abandons += 1
            self.monde.agent("ccc", "chloe").post(
                "/agents/appels/abandons", telephone=f"+3319969{rang:04d}", attente_secondes=ATTENTE_SECONDES
            )
            return
        categorie, words = subject(rang)
        self.sujets[categorie] += 1
        desk = self.monde.desk("cyril")
        said = {"categorie": categorie, "precis": words, "nom": nom(rang)}
        noted = desk.send(desk.read("/ccc/agents/appel"), "/agents/appel", **said)
        assert noted.status == 200 and "/agents/saisines/" in noted.path, noted.text[:300]
        desk.send(noted, "/appel/entrant")

    def _write(self, rang: int) -> None:
        """Somebody writes an e-mail, which comes in by SMTP."""
        categorie, words = subject(rang)
        self.sujets[categorie] += 1
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = f"ecrit69-{rang}@exemple.test", CENTRE, "Ma demande"
        message["Message-ID"] = f"<case69-{rang}@exemple.test>"
        message.set_content(words)
        self.monde.send_to_centre(message)
        self.ecrits.append(str(message["From"]))

    def _visit(self, rang: int) -> None:
        """Somebody without appointment is helped at a reception point."""
        desk = self.monde.agent("pan", "farid")
        visit = desk.post(f"/bureau/lieux/{LIEU}/arrivees", nom=nom(rang), objet="AIDE")
        path = f"/bureau/visites/{visit['id']}"
        desk.post(f"{path}:prendre")
        desk.post(
            f"{path}:verifier", papier="PASSEPORT", nom_conforme=True, naissance_conforme=True, photo_conforme=True,
            nom=nom(rang), naissance_date="1980-01-01",
        )  # fmt: skip
        desk.post(f"{path}:terminer", services=["INFORMATION"], resultat="ABOUTI", suite="Rien à faire de plus.")
        self.visites += 1

    def _answer(self) -> None:
        """An agent says what each new ticket is about, as she reads it, and answers every second one that can be."""
        desk = self.monde.agent("ccc", "chloe")
        new = [line for line in desk.queue() if line["id"] not in self.lues]
        for line in new:
            self.lues.add(line["id"])
            subject = next((one for one in SUJETS if one[2][:40] in line["precis"]), None)
            if subject is None:
                continue  # Another story's.
            categorie, _, words = subject
            path = f"/agents/saisines/{line['id']}"
            desk.post(f"{path}:qualifier", categorie=categorie)
            if len(self.lues) % 2 and categorie != "TELEPROCEDURE":
                said = f"Voici la règle. {words}".replace("?", ".")
                desk.post(f"{path}:repondre", citation=words, texte=said, issue=ISSUE)
