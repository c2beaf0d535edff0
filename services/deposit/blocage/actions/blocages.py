"""Blocages: recorded here without asking anyone, known from elsewhere by their facts; both stop clocks and protect
dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from blocage import actions as shared
from blocage.actions import Constat
from blocage.rules import OPEN_STATES
from chassis import clock, mongo, outbox
from chassis.mongo import collection_of, move_all_forward, move_forward
from chassis.outbox import Fact
from droit.decision import Genre, Motif, Refused
from prefecture.store import project as project_prefecture
from sejour.blocage.v1 import blocage_pb2
from sejour.deposit.v1 import events_pb2
from services.deposit.demande.actions.demandes import joins
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Arret, Demande
from services.deposit.dossier.store.projections import BlocageConnu, PrefectureConnue, SaisineConnue
from services.deposit.dossier.store.usager import Blocage, Usager
from services.deposit.droits.actions import settle, suspensions

if TYPE_CHECKING:
    from chassis.inbox import Meta
    from chassis.web.who import Who
    from sejour.ccc.v1 import events_pb2 as ccc_pb2
    from sejour.substitution.v1 import events_pb2 as substitution_pb2

ARRET_INCONNU = Motif(
    "ARRET_INCONNU",
    "regle-du-service",
    "Ce délai n’est pas arrêté pour cette raison, ou il a déjà repris.",
    "Ouvrez votre demande : ce qui arrête le délai y est écrit.",
    Genre.CONFLIT,
)


def record(constat: Constat, *, request_id: str) -> Blocage:
    """A blocage met on a page of the téléservice: reference at once; dates and clocks of the person follow in the
    same call.
    """
    blocage = shared.record(Blocage, constat, request_id=request_id)
    project(
        blocage.id,
        blocage.version,
        {
            "parcours_id": blocage.parcours_id,
            "usager_id": blocage.usager_id,
            "demande_id": blocage.demande_id,
            "titre_code": blocage.titre_code,
            "demarche_code": blocage.demarche_code,
            "reference": blocage.reference,
            "prefecture": blocage.prefecture,
            "premiere_tentative_date": blocage.premiere_tentative_date.isoformat(),
            "fin_droit_date": blocage.fin_droit_date.isoformat() if blocage.fin_droit_date else None,
        },
    )
    apply_blocage(blocage.id, blocage.usager_id, blocage.demande_id, blocage.constat_date)
    return blocage


def open_here(demande_id: str) -> Blocage | None:
    """What stops this demande and was met on our pages, while it lasts."""
    found: Blocage | None = Blocage.objects(demande_id=demande_id, state__in=tuple(OPEN_STATES)).first()
    return found


def on_constate(event: blocage_pb2.BlocageConstate, meta: Meta) -> None:
    """A blocage observed by another service (or by us, again): the date is protected, the clocks stop (DEP-25,
    DEP-37).
    """
    project(
        event.blocage_id,
        meta.version,
        {
            "parcours_id": event.parcours_id,
            "usager_id": event.usager_id,
            "demande_id": event.demande_id,
            "titre_code": event.titre_code,
            "demarche_code": event.demarche_code,
            "reference": event.reference,
            "prefecture": event.prefecture,
            "premiere_tentative_date": event.premiere_tentative_date,
            "fin_droit_date": event.fin_droit_date or None,
            "objection": event.objection,
        },
    )
    join(event.usager_id, event.parcours_id)
    apply_blocage(event.blocage_id, event.usager_id, event.demande_id, date.fromisoformat(event.constat_date))


def on_leve(event: blocage_pb2.BlocageLeve, meta: Meta) -> None:
    """The act can be done again: the clocks start again."""
    _end(event.blocage_id, meta.version, date.fromisoformat(event.levee_date))


def on_resolu(event: blocage_pb2.BlocageResolu, meta: Meta) -> None:
    """The person could do the act, by one way or another."""
    _end(event.blocage_id, meta.version, date.fromisoformat(event.resolution_date))


def on_saisines_ouvertes(given: Sequence[tuple[ccc_pb2.SaisineOuverte, Meta]]) -> None:
    """A ticket about a demande stops its clocks while it is open (CCC-21, DEP-37)."""
    about = [event.demande_id or _named(event.demande_reference, event.usager_id) for event, _ in given]
    tickets = [
        (
            event.saisine_id,
            meta.version,
            {
                "reference": event.reference,
                "usager_id": event.usager_id,
                "parcours_id": meta.parcours,
                "demande_id": demande_id,
                "blocage_id": event.blocage_id,
                "prefecture": event.prefecture,
                "copie": event.copie_prefecture and event.blocage,
                "objection": event.objection,
                "state": "CLOSE" if event.close else "OUVERTE",
                "jour_date": meta.day.isoformat(),
            },
        )
        for (event, meta), demande_id in zip(given, about, strict=True)
    ]
    move_all_forward(collection_of(SaisineConnue), tickets)
    for (event, meta), demande_id in zip(given, about, strict=True):
        join(event.usager_id, meta.parcours)
        if demande_id and not event.close:
            stop_clock(demande_id, f"saisine:{event.saisine_id}", "SAISINE", meta.day)


def on_saisine_close(event: ccc_pb2.SaisineClose, meta: Meta) -> None:
    """The ticket is closed: its stop ends, that of a reopening too."""
    move_forward(collection_of(SaisineConnue), event.saisine_id, meta.version, {"state": "CLOSE"})
    ticket = SaisineConnue.objects(id=event.saisine_id).only("demande_id").first()
    demande_id = event.demande_id or (ticket.demande_id if ticket else "")
    if demande_id:
        start_clock(demande_id, f"saisine:{event.saisine_id}", meta.day)


def on_saisine_rouverte(event: ccc_pb2.SaisineRouverte, meta: Meta) -> None:
    """The ticket is not settled after all: it stops the clocks of its demande again (CCC-21, DEP-37)."""
    again = {"state": "OUVERTE"} | ({"blocage_id": event.blocage_id} if event.blocage_id else {})
    move_forward(collection_of(SaisineConnue), event.saisine_id, meta.version, again)
    ticket: SaisineConnue = SaisineConnue.objects(id=event.saisine_id).first()
    if ticket.state == "OUVERTE" and ticket.demande_id:
        stop_clock(ticket.demande_id, f"saisine:{event.saisine_id}/{event.niveau}", "SAISINE", meta.day)


def _named(reference: str, usager_id: str) -> str:
    """The demande of this reference; none when the ticket is of another person."""
    found = Demande.objects(reference=reference).only("usager_id").first() if reference else None
    return str(found.id) if found is not None and usager_id in ("", found.usager_id) else ""


def on_prefecture_modifiee(event: substitution_pb2.PrefectureModifiee, meta: Meta) -> None:
    """The rules of a préfecture from a day on, kept beside those before."""
    project_prefecture(PrefectureConnue, event, meta)


@outbox.retry_conflicts
def join(usager_id: str, parcours_id: str) -> None:
    """Another channel met this person under a parcours of its own: that parcours joins hers (XCT-21)."""
    usager = mongo.find(Usager, id=usager_id) if usager_id else None
    request_id = f"rattache:{parcours_id}"
    if usager is None or outbox.already(usager, request_id):
        return
    facts = joins(usager, parcours_id)
    if facts:
        outbox.update(usager, *facts, request_id=request_id)


def project(blocage_id: str, version: int, values: dict[str, Any]) -> None:
    """Keeps what our rules need of a blocage, forward only."""
    move_forward(collection_of(BlocageConnu), blocage_id, version, values)


def concerns(blocage_id: str, usager_id: str) -> None:
    """Protects this person too, in deposit alone, by a blocage of somebody not signed in: it may be hers."""
    collection_of(BlocageConnu).update_one({"_id": blocage_id}, {"$set": {"usager_id": usager_id}})
    _protect_dates_of(usager_id)


def apply_blocage(blocage_id: str, usager_id: str, demande_id: str, day: date) -> None:
    """Stops the clock of the demande concerned; moves the date of the person's filed demandes back where it must be."""
    if demande_id:
        stop_clock(demande_id, f"blocage:{blocage_id}", "BLOCAGE", day)
    if usager_id:
        _protect_dates_of(usager_id)


def protect_dates(parcours_id: str) -> None:
    """The dates of whoever has this parcours, once it is known to be hers."""
    usager = Usager.objects(parcours_id=parcours_id).only("id").first()
    if usager is not None:
        _protect_dates_of(usager.id)


def _protect_dates_of(usager_id: str) -> None:
    for found in Demande.objects(usager_id=usager_id, state__in=etats.EN_INSTRUCTION).only("id").limit(50):
        protect_date(found.id)


@outbox.retry_conflicts
def protect_date(demande_id: str) -> Demande:
    """A constat that arrives late moves a date already computed and gives the documents that it makes due (DEP-25)."""
    demande: Demande = Demande.objects(id=demande_id).first()
    if not settle.protect(demande):
        return demande
    retained = demande.retenue_date
    moved = events_pb2.DemandeModifiee(demande_id=demande.id, objet="DATE_PROTEGEE")
    fact = Fact("deposit.demande.modifiee", moved, private={"date_retenue": retained.isoformat()})
    return settle.write(demande, fact, request_id=f"date:{retained.isoformat()}", today=clock.today())


@outbox.retry_conflicts
def stop_clock(demande_id: str, cle: str, cause: str, day: date, by: str = "systeme") -> Demande | None:
    """Stops the clocks that run against the person, from `day`, for this cause; again for the same cause changes
    nothing. A cause that ended and comes back has a key of its own: the first one, `/` and what tells them apart.
    """
    demande = mongo.find(Demande, id=demande_id)
    if demande is None or any(stop.cle == cle or _is_open(stop, _first(cle)) for stop in demande.arrets):
        return demande
    demande.arrets = [*demande.arrets, Arret(cle=cle, cause=cause, debut_date=day)]
    return _clock_changed(demande, day, by, arretee=True, key=f"arret:{cle}")


@outbox.retry_conflicts
def start_clock(demande_id: str, cle: str, day: date, by: str = "systeme") -> Demande | None:
    """The cause is over, the first time or again: the clocks start again on `day`, with the days stopped added."""
    demande = mongo.find(Demande, id=demande_id)
    if demande is None:
        return None
    for stop in demande.arrets:
        if stop.fin_date is None and cle in (stop.cle, _first(stop.cle)):
            stop.fin_date = max(day, stop.debut_date)
            return _clock_changed(demande, day, by, arretee=False, key=f"reprise:{stop.cle}")
    return demande


def _first(cle: str) -> str:
    return cle.partition("/")[0]


def _is_open(stop: Arret, first: str) -> bool:
    return stop.fin_date is None and _first(stop.cle) == first


def end_stop(demande: Demande, cle: str, who: Who) -> Demande:
    """What stopped the clocks is over, says the person or her préfecture: they start again today. Raises Refused."""
    if all(stop.cle != cle for stop in suspensions.open_stops(demande)):
        raise Refused(ARRET_INCONNU)
    kind, _, identifier = cle.partition(":")
    if kind == "blocage" and mongo.find(Blocage, id=identifier, fin_date=None) is not None:
        # It was met here: its end is told to the route that it opened, which ends this stop too.
        done = shared.resolve(Blocage, identifier, by=who.subject, request_id=f"{identifier}:dit-fini")
        _end(done.id, done.version, clock.today())
    return start_clock(demande.id, cle, clock.today(), by=who.subject) or demande


def _clock_changed(demande: Demande, day: date, by: str, *, arretee: bool, key: str) -> Demande:
    changed = events_pb2.HorlogeChangee(demande_id=demande.id, arretee=arretee, date=day.isoformat())
    return settle.write(demande, Fact("deposit.horloge.changee", changed, by=by), request_id=key, today=clock.today())


def _end(blocage_id: str, version: int, day: date) -> None:
    move_forward(collection_of(BlocageConnu), blocage_id, version, {"fin_date": day.isoformat()})
    blocage = BlocageConnu.objects(id=blocage_id).first()
    if blocage is not None and blocage.demande_id:
        start_clock(blocage.demande_id, f"blocage:{blocage_id}", day)
    # The ticket that it made stops nothing more, unless she says that it is not solved (CCC-21).
    ticket = mongo.find(SaisineConnue, blocage_id=blocage_id)
    if ticket is not None and ticket.demande_id:
        start_clock(ticket.demande_id, f"saisine:{ticket.id}", day)
