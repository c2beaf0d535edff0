"""Rupture watch: whoever held a valid document and has an open dossier is without one, or will be; why, and since when
(XCT-04).

A rupture counts the days on which nothing was in hand: a document that is given late covers the past in law, and still
ends the rupture only on the day it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from droit.catalogue import Catalogue, Stade
from droit.dates import Position
from services.deposit.dossier.rules import etats
from services.deposit.droits.rules import droits
from services.deposit.droits.rules.depot import fenetre
from services.deposit.droits.rules.droits import Dossier

UN_JOUR = timedelta(days=1)
# In these a person waits for the administration: days without document count.
VEILLEES = (*etats.EN_INSTRUCTION, etats.FAVORABLE, etats.TITRE_PRET)

# Why, in the order in which the question is asked: the first that holds is the cause.
CAUSES: Mapping[str, str] = {
    "fermeture": "Dossier fermé ou refusé, puis rouvert",
    "panne": "Panne",
    "valeurs_a_completer": "Titre dont les règles restent à compléter : rien n’est délivré",
    "titre_fantome": "Ancienne demande ou remise restée ouverte",
    "blocage": "Blocage de la personne avant le dépôt",
    "depot_tardif": "Demande déposée après la fin du titre ou de la période",
    "pieces": "Pièces obligatoires manquantes",
    "texte": "Aucun texte ne donne de document dans cette situation",
    "non_renouvele": "Document non renouvelé",
    "agent": "Dossier non vérifié par un agent avant la fin",
    "machine": "Document donné en retard par le système",
}


@dataclass(frozen=True)
class Periode:
    """Days covered by a title or a document: `debut` None is since always, `fin` None without limit."""

    debut: date | None
    fin: date | None

    def holds(self, day: date) -> bool:
        """Whether that day is covered."""
        return (self.debut is None or self.debut <= day) and (self.fin is None or day <= self.fin)


@dataclass(frozen=True)
class Indices:
    """What says the cause, beside the dossier. `ferme` is a closing that ended in the rupture or after its start."""

    ferme: bool = False
    panne: bool = False
    a_completer: bool = False
    fantome: bool = False


def periods_of(dossier: Dossier) -> tuple[Periode, ...]:
    """What the dossier itself shows as held: the title that ends, then each document given."""
    title = () if dossier.fin_titre is None or not _counts(dossier) else (Periode(None, dossier.fin_titre),)
    return title + tuple(Periode(given.debut, given.fin) for given in dossier.documents)


def first_gap(periodes: Iterable[Periode], since: date) -> date | None:
    """The first day from `since` on that nothing covers; None when there is none."""
    spans, day = tuple(periodes), since
    while True:
        covering = [span for span in spans if span.holds(day)]
        if not covering:
            return day
        if any(span.fin is None for span in covering):
            return None
        day = max(span.fin for span in covering if span.fin is not None) + UN_JOUR


def rupture_debut(periodes: Iterable[Periode], today: date, since: date, owed: date | None = None) -> date | None:
    """The first day of the rupture in which the person is today; None when she is covered, or never held anything and
    none was `owed` before today.

    Not before `since`: days lived before the dossier was open are not of its making.
    """
    spans = tuple(periodes)
    if any(span.holds(today) for span in spans):
        return None
    ends = [span.fin for span in spans if span.fin is not None and span.fin < today]
    if ends:
        return max(max(ends) + UN_JOUR, since)
    return owed if owed is not None and owed < today else None


def foresee(dossier: Dossier, today: date, until: date, cat: Catalogue, position: Position) -> Dossier:
    """The dossier as it will stand on `until` when only the calendar acts: what the rights engine gives by itself."""
    day: date | None = today
    while day is not None and day <= until:
        while (given := droits.delivrance(dossier, day, cat, position)) is not None:
            dossier = replace(
                dossier,
                completude=given.verifiee or dossier.completude,
                documents=(*dossier.documents, droits.Delivree(given.regime.regime.code, given.debut, given.fin)),
                demandee=False,
            )
        day = droits.next_day(dossier, day, cat, position)
    return dossier


def cause(dossier: Dossier, indices: Indices, cat: Catalogue, position: Position) -> str:
    """Why nothing covers the person: one of CAUSES."""
    answers = {
        "fermeture": indices.ferme,
        "panne": indices.panne,
        "valeurs_a_completer": indices.a_completer,
        "titre_fantome": indices.fantome and _late(dossier, cat, position),
        "blocage": _blocked(dossier),
        "depot_tardif": _late(dossier, cat, position) and not dossier.documents,
        "pieces": not dossier.controle and dossier.completude is None,
        "texte": not _delivered(dossier, cat, position),
        "non_renouvele": bool(dossier.documents),
        "agent": dossier.completude is None and not cat.national.flag("api-controle-machine", dossier.depot, position),
        "machine": True,
    }
    return next(code for code in CAUSES if answers[code])


def act_before(debut: date, today: date, lead_days: int) -> date:
    """The day by which an agent must act on a rupture ahead: before it, and never a day already past."""
    return max(debut - timedelta(days=lead_days), min(today, debut - UN_JOUR))


def _counts(dossier: Dossier) -> bool:
    """The title that a régularisation follows had ended before: no right held is lost by waiting."""
    return dossier.stade is not Stade.REGULARISATION


def _late(dossier: Dossier, cat: Catalogue, position: Position) -> bool:
    if dossier.fin_titre is None:
        return False
    if dossier.retenue > dossier.fin_titre:
        return True
    needed = cat.national.flag("fenetre-exigee", dossier.depot, position) and dossier.stade is Stade.RENOUVELLEMENT
    return needed and dossier.retenue > fenetre(cat, dossier.fin_titre, dossier.depot, position).fermeture_date


def _blocked(dossier: Dossier) -> bool:
    """Whether she tried in time and could not: her date is protected, but the days without document did happen."""
    return dossier.fin_titre is not None and dossier.retenue <= dossier.fin_titre < dossier.depot


def _delivered(dossier: Dossier, cat: Catalogue, position: Position) -> bool:
    codes = dossier.titre.documents(dossier.stade, dossier.depot, position).value
    applied = [cat.regimes[code].at(dossier.depot, position) for code in codes]
    return any(a.delivre.value and a.regime.document in droits.PROVISOIRES for a in applied)
