"""The rights engine: which document a dossier is due on a day, by which text; nobody entitled spends a day without one.

Promise 1: renewals from expiry to decision; BPI, their family and jeunes majeurs from filing; régularisation from
completeness; everyone from a favourable decision to the handing over (DEP-24, 47 to 56).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from droit.catalogue import Catalogue, Stade
from droit.catalogue.regime import Debut, Declencheur, Document, RegimeApplique, Renouvellement
from droit.catalogue.titre import Titre
from droit.dates import Position
from droit.jours import last_day
from services.deposit.dossier.rules import etats
from services.deposit.droits.rules.depot import fenetre

PROVISOIRES = (Document.API, Document.REG)
# In place of a regime: a document of another office.
ANTERIEUR = "ANTERIEUR"
_ACCEPTEES = (etats.FAVORABLE, etats.TITRE_PRET)
_SANS_OBJET = (etats.BROUILLON, etats.ANNULEE, etats.REPUDIEE, etats.DEFAVORABLE, etats.REMISE)


@dataclass(frozen=True)
class Delivree:
    """A document already given: its regime, its days (`fin` None is without limit)."""

    regime: str
    debut: date
    fin: date | None


@dataclass(frozen=True)
class Dossier:
    """What the engine needs to know of one demande for a title.

    `fin_titre` is the last day of the title or visa held; `controle` says that all mandatory pieces are there by the
    machine's count, `pieces` the day on which the last of them came, None with the filing; `completude` is the day on
    which the demande was found complete, by an agent or the machine. `retenue` is the day of filing that counts
    (DEP-25). `api_mois` is the préfecture's choice, 0 when it made none (DEP-50).
    """

    titre: Titre
    stade: Stade
    state: str
    depot: date
    retenue: date
    fin_titre: date | None = None
    completude: date | None = None
    controle: bool = True
    pieces: date | None = None
    api_mois: int = 0
    demandee: bool = False
    documents: tuple[Delivree, ...] = ()
    # A closed demande gives nothing new; reopened, the days between are covered (no missing day).
    decision: date | None = None
    # On the day of filing, a document of another demande of the person proved her right: she was not late.
    couvert: bool = False


@dataclass(frozen=True)
class Delivrance:
    """A document to give now. `regle` is the sentence printed; `verifiee` the day on which the demande was complete by
    the machine's count, where nobody had said that it was.
    """

    regime: RegimeApplique
    debut: date
    fin: date | None
    verifiee: date | None = None

    @property
    def regle(self) -> str:
        """The rule that gives it, for the output (XCT-01)."""
        return self.regime.delivre.regle


def delivrance(dossier: Dossier, today: date, cat: Catalogue, position: Position) -> Delivrance | None:
    """The document to give today, or None when none is due today. One at a time: call again after each."""
    if dossier.state in _SANS_OBJET or dossier.state == etats.CLOSE:
        return None
    accepted = dossier.state in _ACCEPTEES
    for applied in reversed(_regimes(dossier, cat, position)):
        # Once accepted, only the days before the decision may still lack a document.
        if accepted and applied.regime.document not in PROVISOIRES:
            continue
        due = _provisoire(dossier, applied, today, cat, position)
        if due is not None and not (accepted and dossier.decision is not None and due.debut >= dossier.decision):
            return due
    return _favorable(dossier, cat, position) if accepted else None


def next_day(dossier: Dossier, today: date, cat: Catalogue, position: Position) -> date | None:
    """The next day on which `delivrance` may answer otherwise, for the worker's calendar; None when nothing is
    ahead.
    """
    if dossier.state not in etats.EN_INSTRUCTION:
        return None
    lead = cat.national.number("P-APILEAD", dossier.depot, position)
    days: set[date] = set()
    if dossier.fin_titre is not None:
        days |= {dossier.fin_titre - timedelta(days=lead), dossier.fin_titre}
    if dossier.completude is None:
        days.add(_waits_until(dossier, cat, position))
    days |= {given.fin - timedelta(days=lead) for given in dossier.documents if given.fin is not None}
    ahead = [day for day in days if day > today]
    return min(ahead) if ahead else None


def covers(documents: Iterable[Delivree], day: date) -> Delivree | None:
    """The document given that proves the right on that day, the longest first."""
    good = [given for given in documents if given.debut <= day and (given.fin is None or day <= given.fin)]
    return max(good, key=lambda given: given.fin or date.max) if good else None


def first_bare_day(documents: Collection[Delivree], since: date) -> date | None:
    """The first day from `since` on that no document proves; None when one has no end."""
    day = since
    while (covering := covers(documents, day)) is not None:
        if covering.fin is None:
            return None
        day = covering.fin + timedelta(days=1)
    return day


def owed_since(dossier: Dossier, today: date, cat: Catalogue, position: Position) -> date | None:
    """The first day on which a provisional document is owed, given or not; None when none is, as things stand today."""
    if dossier.state in _SANS_OBJET or dossier.state == etats.CLOSE:
        return None
    regimes = [applied for applied in _regimes(dossier, cat, position) if applied.delivre.value]
    owed = [_first_day_due(dossier, applied, today, cat, position) for applied in regimes]
    return min((days.debut for days in owed if days is not None), default=None)


def machine_day(dossier: Dossier, cat: Catalogue, position: Position) -> date | None:
    """The day on which, no agent having checked, a machine check of the mandatory pieces is enough (DEP-47).

    It is told by what happened: the last valid day, or where nothing is held that could end, P-COMPL days after the
    filing; or the day on which the last mandatory piece came, when that is later. None while a piece is missing.
    """
    if not dossier.controle or not cat.national.flag("api-controle-machine", dossier.depot, position):
        return None
    return max(_waits_until(dossier, cat, position), dossier.pieces or dossier.depot)


def _regimes(dossier: Dossier, cat: Catalogue, position: Position) -> list[RegimeApplique]:
    """The regimes of this title that give a document before its handing over, as they stood on the day of filing."""
    codes = dossier.titre.documents(dossier.stade, dossier.depot, position).value
    applied = [cat.regimes[code].at(dossier.depot, position) for code in codes]
    return [a for a in applied if a.regime.document in PROVISOIRES or a.regime.code == "ADF-B"]


def _favorable(dossier: Dossier, cat: Catalogue, position: Position) -> Delivrance | None:
    """From a favourable decision to the handing over, without limit (DEP-53)."""
    if any(given.regime == "ADF" for given in dossier.documents):
        return None
    for code in dossier.titre.documents(dossier.stade, dossier.depot, position).value:
        applied = cat.regimes[code].at(dossier.depot, position)
        if applied.regime.code == "ADF" and applied.delivre.value and dossier.decision is not None:
            return Delivrance(applied, dossier.decision, None)
    return None


def _provisoire(
    dossier: Dossier, applied: RegimeApplique, today: date, cat: Catalogue, position: Position
) -> Delivrance | None:
    """From the first day owed that no document proves: no day is left out however late this is looked at, and none is
    proved twice (DEP-47, DEP-48).
    """
    owed = _first_day_due(dossier, applied, today, cat, position) if applied.delivre.value else None
    if owed is None:
        return None
    debut = _first_missing(dossier, applied, owed.debut)
    lead = cat.national.number("P-APILEAD", dossier.depot, position)
    if debut is None or today < debut - timedelta(days=lead):
        return None
    if any(given.regime == applied.regime.code and given.debut < debut for given in dossier.documents):
        return _renewal(dossier, applied, debut)
    return Delivrance(applied, debut, _fin(applied, debut, dossier), owed.verifiee)


def _renewal(dossier: Dossier, applied: RegimeApplique, debut: date) -> Delivrance | None:
    """Automatic; where the texts want it asked for, on the day she asks (DEP-48)."""
    if applied.renouvellement.value is not Renouvellement.AUTOMATIQUE and not dossier.demandee:
        return None
    return Delivrance(applied, debut, _fin(applied, debut, dossier))


def _first_missing(dossier: Dossier, applied: RegimeApplique, owed: date) -> date | None:
    """The first day from `owed` on for which a document of this regime is to be given; None when none is."""
    if applied.duree.value.mois is None:
        return None if any(given.fin is None for given in dossier.documents) else owed
    debut = first_bare_day([given for given in dossier.documents if given.regime != ANTERIEUR], owed)
    bare = first_bare_day(dossier.documents, owed)
    if debut is None or bare is None:
        return None
    # What another office gave and lasts longer stands for it: no second document for the same days.
    fin = _fin(applied, debut, dossier)
    return bare if fin is not None and bare > fin else debut


@dataclass(frozen=True)
class _Du:
    """The first day owed, and the day on which the machine's count made the demande complete, where nobody said it."""

    debut: date
    verifiee: date | None = None


def _first_day_due(
    dossier: Dossier, applied: RegimeApplique, today: date, cat: Catalogue, position: Position
) -> _Du | None:
    """The first day on which this regime owes a document, told by what happened and never by when it is looked at; None
    when it owes none.
    """
    if not _in_time(dossier, applied, cat, position):
        return None
    trigger, verifiee = dossier.depot, None
    if applied.declencheur.value is not Declencheur.DEPOT:
        machine = machine_day(dossier, cat, position)
        said = dossier.completude or (dossier.decision if dossier.state in _ACCEPTEES else None)
        days = [day for day in (machine, said) if day is not None and day <= today]
        if not days:
            return None
        trigger, verifiee = min(days), machine if said is None else None
    if applied.debut.value is Debut.EXPIRATION and dossier.fin_titre is not None:
        # Filed (or blocked) before the end: from the day after the end, even when all this comes late.
        after = dossier.fin_titre + timedelta(days=1)
        return _Du(max(after, dossier.depot) if dossier.retenue > dossier.fin_titre else after, verifiee)
    return _Du(trigger, verifiee)


def _in_time(dossier: Dossier, applied: RegimeApplique, cat: Catalogue, position: Position) -> bool:
    """What follows a title was asked for before its end, or while another document went on proving the right; the
    window counts only where the rule says so (DEP-24).
    """
    if dossier.fin_titre is None or applied.debut.value is not Debut.EXPIRATION:
        return True
    if dossier.retenue > dossier.fin_titre and not dossier.couvert:
        return False
    needed = cat.national.flag("fenetre-exigee", dossier.depot, position) and dossier.stade is Stade.RENOUVELLEMENT
    if not needed:
        return True
    days = fenetre(cat, dossier.fin_titre, dossier.depot, position)
    # Blocked before the window and filed in it or after it: the days between were hers too, and harm nobody.
    return dossier.retenue <= days.fermeture_date and dossier.depot >= days.ouverture_date


def _fin(applied: RegimeApplique, debut: date, dossier: Dossier) -> date | None:
    duree = applied.duree.value
    if duree.mois is None:
        return None
    # The préfecture's choice holds where the rule leaves one (7-b); otherwise the rule's own length.
    months = dossier.api_mois if dossier.api_mois in duree.choix and dossier.api_mois > duree.mois else duree.mois
    return last_day(debut, months)


def _waits_until(dossier: Dossier, cat: Catalogue, position: Position) -> date:
    """How long an agent is waited for. Where nothing is held that could end (régularisation, first demande of a BPI), a
    delay from the filing bounds the wait.
    """
    if dossier.stade is not Stade.REGULARISATION and dossier.fin_titre is not None:
        return dossier.fin_titre
    return dossier.depot + timedelta(days=cat.national.number("P-COMPL", dossier.depot, position))
