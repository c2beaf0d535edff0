"""The rights engine: which document a dossier is due on a day, by which text; nobody entitled spends a day without one.

Promise 1: renewals from expiry to decision; BPI, their family and jeunes majeurs from filing; régularisation from
completeness; everyone from a favourable decision to the handing over (DEP-24, 47 to 56).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from droit.catalogue import Catalogue, Stade
from droit.catalogue.national import Scalaire
from droit.catalogue.regime import Debut, Declencheur, Document, RegimeApplique, Renouvellement
from droit.catalogue.titre import Titre
from droit.dates import Position, Valeur
from droit.jours import last_day
from services.deposit.dossier.rules import etats
from services.deposit.droits.rules.depot import fenetre

PROVISOIRES = (Document.API, Document.REG)
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
    machine's count; `completude` is the day on which the demande was found complete, by an agent or the machine.
    `retenue` is the day of filing that counts (DEP-25). `api_mois` is the préfecture's choice, 0 when
    it made none (DEP-50).
    """

    titre: Titre
    stade: Stade
    state: str
    depot: date
    retenue: date
    fin_titre: date | None = None
    completude: date | None = None
    controle: bool = True
    api_mois: int = 0
    demandee: bool = False
    documents: tuple[Delivree, ...] = ()
    # A closed demande gives nothing new; reopened, the days between are covered (no missing day).
    decision: date | None = None
    # On the day of filing, a document of another demande of the person proved her right: she was not late.
    couvert: bool = False


@dataclass(frozen=True)
class Delivrance:
    """A document to give now. `regle` is the sentence printed; `machine` tells that completeness is the machine's."""

    regime: RegimeApplique
    debut: date
    fin: date | None
    machine: bool = False

    @property
    def regle(self) -> str:
        """The rule that gives it, for the output (XCT-01)."""
        return self.regime.delivre.regle


def delivrance(dossier: Dossier, today: date, cat: Catalogue, position: Position) -> Delivrance | None:
    """The document to give today, or None when none is due today. One at a time: call again after each."""
    if dossier.state in _SANS_OBJET or dossier.state == etats.CLOSE:
        return None
    regimes = [cat.regimes[code].at(dossier.depot, position) for code in _codes(dossier, position)]
    if dossier.state in (etats.FAVORABLE, etats.TITRE_PRET):
        return _favorable(dossier, regimes)
    for applied in reversed(regimes):
        if applied.regime.document in PROVISOIRES or applied.regime.code == "ADF-B":
            due = _provisoire(dossier, applied, today, cat, position)
            if due is not None:
                return due
    return None


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
    if dossier.completude is None and (dossier.stade is Stade.REGULARISATION or dossier.fin_titre is None):
        days.add(_compl_day(dossier, cat, position))
    days |= {given.fin - timedelta(days=lead) for given in dossier.documents if given.fin is not None}
    ahead = [day for day in days if day > today]
    return min(ahead) if ahead else None


def covers(documents: tuple[Delivree, ...], day: date) -> Delivree | None:
    """The document given that proves the right on that day, the longest first."""
    good = [given for given in documents if given.debut <= day and (given.fin is None or day <= given.fin)]
    return max(good, key=lambda given: given.fin or date.max) if good else None


def machine_completes(dossier: Dossier, today: date, cat: Catalogue, position: Position) -> Valeur[Scalaire] | None:
    """No agent has checked by the last valid day: a machine check of the mandatory pieces is enough (DEP-47).

    Returns the rule applied, or None when an agent may still come or a piece is missing.
    """
    if dossier.completude is not None or not dossier.controle or dossier.state not in etats.EN_INSTRUCTION:
        return None
    applied = cat.national.at("api-controle-machine", dossier.depot, position)
    if not applied.value:
        return None
    # Where nothing is held that could end (régularisation, first demande of a BPI), the same delay bounds the wait.
    waits_until = _compl_day(dossier, cat, position)
    if dossier.stade is not Stade.REGULARISATION and dossier.fin_titre is not None:
        waits_until = dossier.fin_titre
    return applied if today >= waits_until else None


def _codes(dossier: Dossier, position: Position) -> tuple[str, ...]:
    return dossier.titre.documents(dossier.stade, dossier.depot, position).value


def _favorable(dossier: Dossier, regimes: list[RegimeApplique]) -> Delivrance | None:
    """From a favourable decision to the handing over, without limit (DEP-53)."""
    if any(given.regime == "ADF" for given in dossier.documents):
        return None
    for applied in regimes:
        if applied.regime.code == "ADF" and applied.delivre.value and dossier.decision is not None:
            return Delivrance(applied, dossier.decision, None)
    return None


def _provisoire(
    dossier: Dossier, applied: RegimeApplique, today: date, cat: Catalogue, position: Position
) -> Delivrance | None:
    if not applied.delivre.value:
        return None
    given = [document for document in dossier.documents if document.regime == applied.regime.code]
    lead = cat.national.number("P-APILEAD", dossier.depot, position)
    if given:
        return _renewal(dossier, applied, given, today, lead)
    started = _first_day(dossier, applied, today, cat, position)
    if started is None:
        return None
    debut, machine = started
    covering = covers(dossier.documents, debut)
    if covering is not None and covering.fin is None:
        return None
    if today < debut - timedelta(days=lead):
        return None
    return Delivrance(applied, debut, _fin(applied, debut, dossier), machine)


def _renewal(
    dossier: Dossier, applied: RegimeApplique, given: list[Delivree], today: date, lead: int
) -> Delivrance | None:
    """Automatic, before the end, and without a missing day, however late the machine runs (DEP-48)."""
    last = max(given, key=lambda document: document.fin or date.max)
    if last.fin is None or today < last.fin - timedelta(days=lead):
        return None
    if covers(dossier.documents, last.fin + timedelta(days=1)) is not None:
        return None
    if applied.renouvellement.value is not Renouvellement.AUTOMATIQUE and not dossier.demandee:
        return None
    debut = last.fin + timedelta(days=1)
    return Delivrance(applied, debut, _fin(applied, debut, dossier))


def _first_day(
    dossier: Dossier, applied: RegimeApplique, today: date, cat: Catalogue, position: Position
) -> tuple[date, bool] | None:
    """The first day of the first document, and whether completeness is the machine's; None when not due."""
    if not _in_time(dossier, applied, cat, position):
        return None
    if applied.declencheur.value is Declencheur.DEPOT:
        trigger, machine = dossier.depot, False
    else:
        completude = dossier.completude
        machine = completude is None
        if completude is None and machine_completes(dossier, today, cat, position) is None:
            return None
        trigger = completude or today
    if applied.debut.value is Debut.EXPIRATION and dossier.fin_titre is not None:
        # Filed (or blocked) before the end: from the day after the end, even when all this comes late.
        after = dossier.fin_titre + timedelta(days=1)
        return (max(after, dossier.depot) if dossier.retenue > dossier.fin_titre else after), machine
    return trigger, machine


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


def _compl_day(dossier: Dossier, cat: Catalogue, position: Position) -> date:
    return dossier.depot + timedelta(days=cat.national.number("P-COMPL", dossier.depot, position))
