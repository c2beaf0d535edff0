"""What stops the clocks of a demande, and which of its dates an outage protects: read only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from droit.catalogue import Stade
from droit.jours import day_in_words
from services.deposit.cadre import cadre
from services.deposit.dossier.store.demande import Demande, DemandePieces
from services.deposit.dossier.store.panne import Panne
from services.deposit.droits.actions import ailleurs
from services.deposit.droits.rules import depot, horloges


@dataclass(frozen=True)
class Suspension:
    """Days on which a delay did not run because of an outage, both included; `fin` None is still open."""

    debut: date
    fin: date | None

    @property
    def phrase(self) -> str:
        """What the person reads: the legal effect, with its days."""
        cause = "panne du service en ligne"
        if self.fin is None:
            return f"Délai suspendu depuis le {day_in_words(self.debut)} : {cause}."
        return f"Délai suspendu du {day_in_words(self.debut)} au {day_in_words(self.fin)} : {cause}."


# The stop of a demande that is set aside ends with that, and by no other act.
MISE_DE_COTE = "MISE DE CÔTÉ"
# Why a clock stands, as the person and the agent read it; any other cause is in the words of the agent who wrote it.
CAUSES = {
    "BLOCAGE": "quelque chose vous empêche de faire la démarche",
    "SAISINE": "le centre de contact ou un point d’accueil s’occupe de votre demande",
    "EMPECHEMENT": "vous avez dit ce qui vous empêche",
    "AGENT": "un agent a arrêté le délai",
}


@dataclass(frozen=True)
class ArretOuvert:
    """A stop that is open: its key, by which it can be ended, its cause in words, its first day."""

    cle: str
    cause: str
    debut: date


def open_stops(demande: Demande) -> tuple[ArretOuvert, ...]:
    """What stops the clocks of this demande today, outages and what is set aside apart: each can be
    ended by the person or the préfecture.
    """
    return tuple(
        ArretOuvert(stop.cle, CAUSES.get(stop.cause, stop.cause), stop.debut_date)
        for stop in demande.arrets
        if stop.fin_date is None and stop.cause != MISE_DE_COTE
    )


def pannes(demande: Demande) -> tuple[horloges.Panne, ...]:
    """The outages that concern a demande, in the préfecture that had it on these days: a move gives no day back."""
    left = [(said["prefecture"], date.fromisoformat(said["jour"])) for said in demande.quittees]
    stays = horloges.stays(left, demande.prefecture)
    outages = [
        horloges.Panne(p.id, p.debut_date, p.fin_date, tuple(p.prefectures))
        for p in demande.once(ailleurs.PANNES, Panne.recent)
    ]
    return tuple(met for panne in outages for met in horloges.met_during(panne, stays))


def stops(demande: Demande) -> tuple[horloges.Arret, ...]:
    """Its own stops, and the outages of its préfecture: overlapping days count once."""
    return _stops(demande, pannes(demande))


def of_request(demande: Demande, request: DemandePieces) -> tuple[Suspension, ...]:
    """The outages during which the delay of this request ran, the first one first (XCT-02)."""
    asked, delay, outages = request.demande_date, request.delai_jours, pannes(demande)
    last = horloges.due_day(asked, delay, [stop for stop in _stops(demande, outages) if stop.fin is not None])
    end = last or asked + timedelta(days=delay)
    if request.repondue_date is not None:
        end = min(end, request.repondue_date)
    met = [p for p in outages if p.debut <= end and (p.fin is None or p.fin >= asked)]
    return tuple(Suspension(max(p.debut, asked), p.fin) for p in sorted(met, key=lambda p: p.debut))


def protected_days(demande: Demande) -> tuple[date, ...]:
    """First days of the outages in which a deadline of this filing ended: it counts on that day (XCT-02)."""
    end = demande.fin_titre_date
    if end is None or demande.depot_date is None:
        return ()
    deadlines = [end]
    if demande.stade == Stade.RENOUVELLEMENT:
        frame = cadre()
        deadlines.append(depot.fenetre(frame.catalogue, end, demande.depot_date, frame.position).fermeture_date)
    return horloges.protected_days(demande.depot_date, deadlines, pannes(demande))


def _stops(demande: Demande, outages: Iterable[horloges.Panne]) -> tuple[horloges.Arret, ...]:
    own = (horloges.Arret(a.cle, a.cause, a.debut_date, a.fin_date) for a in demande.arrets)
    return (*own, *(panne.arret for panne in outages))
