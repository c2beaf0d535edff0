"""What the requirements owe one person, counted with a pencil on a calendar: the oracle of the lives that tests live.

Nothing here comes from the services, and nothing is counted as they count: a delay is walked one day after another,
and each rule stands under the words of its row. `droits/test_oracle.py` reads it as tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

UN_JOUR = timedelta(days=1)
# P-APILEAD and P-COMPL as requirements.md leaves them to us, the window of R. 431-5 as it quotes it (2.3).
AVANCE, COMPLETUDE_MACHINE, OUVERTURE, FERMETURE = 15, 30, 120, 60

# Promise 1: from when each population is owed a document.
EXPIRATION, DEPOT, COMPLETUDE = "expiration", "depot", "completude"
# The gaps that the texts leave, and no other.
AVANT_120, APRES_60 = "déposée avant le 120e jour", "déposée après le 60e jour"
REGULARISATION = "régularisation"
ATTEND_AGENT = "première API qui attend un agent"


@dataclass(frozen=True)
class Situation:
    """Who asks for what, and the words of the work right that every document of hers prints (3.1, DEP-51, DEP-52)."""

    titre: str
    stade: str
    des: str
    mention: str

    @property
    def avec_titre(self) -> bool:
        """Whether a title or a visa is held, with its last day."""
        return self.stade == "renouvellement" or self.titre.startswith("talent")


def _demonstration(libelle: str, autorise: str = "Autorise") -> str:
    return f"{autorise} son titulaire à travailler (valeur de démonstration : {libelle})"


SITUATIONS = (
    Situation("etudiant", "renouvellement", EXPIRATION, _demonstration("Étudiant")),
    Situation("conjoint-de-francais", "renouvellement", EXPIRATION, _demonstration("Conjoint de Français")),
    Situation("visiteur", "renouvellement", EXPIRATION, _demonstration("Visiteur", "N'autorise pas")),
    Situation(
        "carte-de-resident-renouvellement",
        "renouvellement",
        EXPIRATION,
        _demonstration("Carte de résident, renouvellement (aussi d'un accord bilatéral)"),
    ),
    Situation(
        "talent",
        "premiere",
        EXPIRATION,
        "Autorise son titulaire à travailler, sans autorisation de travail (talent, première demande)",
    ),
    Situation("talent-famille", "premiere", EXPIRATION, "Autorise son titulaire à travailler (talent (famille))"),
    Situation("refugie", "premiere", DEPOT, _demonstration("Réfugié")),
    Situation(
        "famille-de-bpi",
        "premiere",
        DEPOT,
        _demonstration("Membre de famille d'un bénéficiaire d'une protection internationale"),
    ),
    Situation(
        "jeune-majeur-ne-et-scolarise",
        "premiere",
        DEPOT,
        _demonstration("Jeune majeur de 16 à 21 ans, né et scolarisé en France"),
    ),
    Situation("parent-d-enfant-francais", "regularisation", COMPLETUDE, _demonstration("Parent d'enfant français")),
)


@dataclass(frozen=True)
class Panne:
    """The téléservice is down, from a day to a day, both included; None: still. No préfecture named: everywhere."""

    debut: date
    fin: date | None = None
    prefectures: tuple[str, ...] = ()

    def holds(self, day: date, prefecture: str) -> bool:
        """Whether nothing could be done online there on that day."""
        here = not self.prefectures or prefecture in self.prefectures
        return here and self.debut <= day and (self.fin is None or day <= self.fin)


@dataclass(frozen=True)
class Papier:
    """A document, whoever gave it: its days (`fin` None: without limit)."""

    debut: date
    fin: date | None

    def holds(self, day: date) -> bool:
        """Whether it is valid on that day."""
        return self.debut <= day and (self.fin is None or day <= self.fin)


@dataclass(frozen=True)
class Carte:
    """A card: its days, the last day of the one that it took the place of, whether it was given back for another.

    `remise`: the record says that it was handed over, or she does; else it waits at the préfecture and proves nothing.
    """

    debut: date
    fin: date
    remplace: date | None = None
    rendue: bool = False
    remise: bool = True

    def in_hand(self, day: date) -> bool:
        """Whether it proves the right on that day."""
        return self.remise and not self.rendue and self.debut <= day <= self.fin


def days(first: date, last: date) -> Iterator[date]:
    """Each day, both included."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def filed_in_time(depot: date, last_day: date, stopped: Callable[[date], bool]) -> bool:
    """« All clocks that end during the outage stop » (XCT-02): whether what was to be done by `last_day` was.

    A last day without outage is the last day. One that fell in an outage leaves the days that she still had when it
    began: they are hers again, one after another, each time the téléservice is up.
    """
    if depot <= last_day:
        return True
    if not stopped(last_day):
        return False
    began = last_day
    while stopped(began - UN_JOUR):
        began -= UN_JOUR
    left = len(list(days(began, last_day)))
    used = [day for day in days(began, depot - UN_JOUR) if not stopped(day)]
    return len(used) < left


def answer_by(asked: date, delay_days: int, stopped: Callable[[date], bool], at_most: date) -> date:
    """The last day to answer (DEP-37): the delay runs on the days when nothing stops it; never after `at_most`."""
    left, day = delay_days, asked
    while left and day < at_most:
        day += UN_JOUR
        left -= not stopped(day)
    return day


def first_bare(papers: list[Papier], first: date, last: date) -> date | None:
    """The first day of these that no document covers, however late it was given; None when there is none."""
    return next((day for day in days(first, last) if not any(paper.holds(day) for paper in papers)), None)


@dataclass
class Attendu:
    """What is owed on one demande, as a jurist would count it."""

    id: str
    situation: Situation
    depot: date
    fin_titre: date | None
    enfant: bool = False
    # Days of blocked attempts for this act, and earlier filings of it elsewhere.
    tentatives: list[date] = field(default_factory=list)
    pannes: list[Panne] = field(default_factory=list)
    # On the day of filing, a document of another demande of hers, or another card, was valid.
    couvert: bool = False
    verifiee: date | None = None
    # Whether what she sent is here: pieces that another office holds are counted by no machine.
    pieces_ici: bool = True
    # Where her dossier went, and from which day; the first is where she filed.
    demenagements: list[tuple[date, str]] = field(default_factory=list)
    # Papers given elsewhere for the same demande.
    ailleurs: list[Papier] = field(default_factory=list)

    @property
    def premiere_date(self) -> date:
        """The filing date that counts is the first blocked attempt (DEP-25), or the earlier filing kept (DEP-42)."""
        return min([self.depot, *self.tentatives])

    def prefecture(self, day: date) -> str:
        """Where her dossier was on that day: days stopped before a move stay stopped."""
        gone = [code for moved, code in self.demenagements if moved <= day]
        return gone[-1] if gone else "69"

    def stopped(self, day: date) -> bool:
        """Whether an outage of her préfecture holds on that day."""
        return any(panne.holds(day, self.prefecture(day)) for panne in self.pannes)

    def a_temps(self, last_day: date) -> bool:
        """Whether she asked by that day, as dates are protected (DEP-24, DEP-25, XCT-02)."""
        return any(filed_in_time(day, last_day, self.stopped) for day in (self.depot, *self.tentatives))

    def du_depuis(self, today: date) -> date | None:
        """The first day on which a document is owed, as known today; None when none is owed before a decision."""
        if self.situation.des == DEPOT:
            # « From filing for jeunes majeurs and BPI » and their family (DEP-47, DEP-56).
            return self.depot
        if self.situation.des == COMPLETUDE:
            # « After completeness » (DEP-55), found by an agent or, none having come, by the machine (DEP-47).
            found = [self.verifiee] if self.verifiee else []
            if self.pieces_ici:
                found.append(self.depot + timedelta(days=COMPLETUDE_MACHINE))
            return min((day for day in found if day <= today), default=None)
        if not self.pieces_ici and (self.verifiee is None or self.verifiee > today):
            # « On completeness » (DEP-47): nobody has found it complete.
            return None
        # « Filed before expiry […] gets an API from the day of expiry »: the title itself proves that day (DEP-24).
        assert self.fin_titre is not None
        if self.a_temps(self.fin_titre):
            return self.fin_titre + UN_JOUR
        # « To a person in regular situation »: who is by another document is not late (DEP-47).
        return self.depot if self.couvert else None

    def holds_title(self, day: date) -> bool:
        """Whether the card or visa of the first page is in hand; a régularisation follows none."""
        return self.situation.avec_titre and self.fin_titre is not None and day <= self.fin_titre

    def cause_laissee_par_les_textes(self) -> str:
        """In the law in force: why no document is given; empty when the texts give one."""
        if self.situation.stade == "regularisation":
            return REGULARISATION
        renewed = self.fin_titre if self.situation.stade == "renouvellement" else None
        if renewed is not None and self.premiere_date > renewed - timedelta(days=FERMETURE):
            return APRES_60
        if renewed is not None and self.depot < renewed - timedelta(days=OUVERTURE):
            # « Filing outside it removes the right » (R. 431-5): too early as much as too late.
            return AVANT_120
        if self.situation.des == EXPIRATION and self.verifiee is None:
            return ATTEND_AGENT
        return ""
