"""An outage of the téléservice: declared here, found here, or told by substitution (`annonces` tells each person).

No channel waits for another: an operator declares at deposit with the four others down, and a worker that finds its
own web silent writes the outage down.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chassis import clock, due, logs, mongo, outbox
from chassis.outbox import Fact
from chassis.watch import State, Watch
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.panne import Panne

if TYPE_CHECKING:
    from chassis.inbox import Meta
    from sejour.substitution.v1 import events_pb2 as substitution_pb2

PARTOUT, ICI, AILLEURS = "*", "deposit", "substitution"
OPERATEURS = tuple(sorted(acces.DECLARER_PANNE))

PANNE_INCONNUE = Motif(
    "PANNE_INCONNUE",
    "regle-du-service",
    "Aucune panne ne porte cet identifiant.",
    "Regardez la liste des pannes.",
    Genre.INTROUVABLE,
)


def declare(codes: Sequence[str], who: Who, *, request_id: str) -> Panne:
    """An operator says that the téléservice is down, for all or for some préfectures; the same extent once."""
    acces.may_declare_panne(who.roles).or_refuse()
    for code in codes:
        cadre().catalogue.departement(code)
    return _open(sorted(set(codes)), clock.today(), by=who.subject, request_id=request_id)


def end(panne_id: str, who: Who, *, request_id: str) -> Panne:
    """An operator says that it is over: the delays run again from tomorrow, with the days stopped added."""
    acces.may_declare_panne(who.roles).or_refuse()
    return _close(panne_id, clock.today(), by=who.subject, request_id=request_id)


def listed(who: Who) -> list[Panne]:
    """The last outages, for who may declare one."""
    acces.may_declare_panne(who.roles).or_refuse()
    return Panne.recent()[:50]


def on_declaree(event: substitution_pb2.PanneDeclaree, meta: Meta) -> None:
    """Substitution declared or found an outage: dates are protected from its first day (XCT-02)."""
    _learn(event.panne_id, debut_date=date.fromisoformat(event.debut_date), prefectures=list(event.prefectures))


def on_terminee(event: substitution_pb2.PanneTerminee, meta: Meta) -> None:
    """The outage that substitution told of is over."""
    _learn(event.panne_id, fin_date=date.fromisoformat(event.fin_date))


def watch(web: Watch, absence: timedelta) -> None:
    """Looks once at our own web: too long a silence is an outage, an answer ends it.

    Time during which nobody looked was a stop of the operator, who declares it or not; only what lasted `absence`, or
    a store that was lost, is written by itself, at the next look, with its two days.
    """
    seen, today = web.look(), clock.today()
    if seen is None:
        return
    answers = seen.state is State.ANSWERS
    if seen.away is not None and (seen.away.store_lost or seen.instant - seen.away.time >= absence):
        since = f"absence:{_key(seen.away.time)}"
        found = _open([], seen.away.day, by="systeme", request_id=since, detectee=True)
        if answers:
            _close(found.id, today, by="systeme", request_id=f"{found.id}:fin")
    if answers:
        for panne in Panne.objects(ouverte=PARTOUT, detectee=True):
            _close(panne.id, today, by="systeme", request_id=f"{panne.id}:fin")
    elif seen.lost:
        _open([], today, by="systeme", request_id=f"silence:{_key(seen.answer_time)}", detectee=True)


def _open(codes: Sequence[str], debut: date, *, by: str, request_id: str, detectee: bool = False) -> Panne:
    identifier, extent = outbox.id_for(request_id, "panne"), ",".join(codes) or PARTOUT
    everywhere = _open_everywhere()
    if everywhere is not None and everywhere.id != identifier:
        return everywhere
    panne = Panne(
        id=identifier,
        parcours_id=f"panne:{identifier}",
        ouverte=extent,
        origine=ICI,
        debut_date=debut,
        prefectures=list(codes),
        detectee=detectee,
        par=by,
    )
    due.plan(panne, annonce=clock.today())
    declared = events_pb2.PanneDeclaree(
        panne_id=identifier, debut_date=debut.isoformat(), prefectures=codes, detectee=detectee
    )
    try:
        made = outbox.insert(panne, Fact("deposit.panne.declaree", declared, by=by), request_id=request_id)
    except outbox.Duplicate:
        same = mongo.find(Panne, ouverte=extent)
        if same is None:
            raise
        return same
    logs.get().warning("deposit.panne.declared", detected=detectee, prefectures=len(codes))
    return made


@outbox.retry_conflicts
def _close(panne_id: str, day: date, *, by: str, request_id: str) -> Panne:
    panne = mongo.find(Panne, id=panne_id)
    if panne is None:
        raise Refused(PANNE_INCONNUE)
    if panne.fin_date is not None or outbox.already(panne, request_id):
        return panne
    ended = events_pb2.PanneTerminee(panne_id=panne.id, fin_date=day.isoformat())
    # One that substitution told of may end here: its own word, later, changes nothing.
    panne.ouverte = ""
    panne.fin_date = max(day, panne.debut_date)
    due.plan(panne, reprise=clock.today())
    return outbox.update(panne, Fact("deposit.panne.terminee", ended, by=by), request_id=request_id)


@outbox.retry_conflicts
def _learn(panne_id: str, **said: Any) -> None:
    """What substitution said, in any order and any number of times: the beginning and the end are told apart."""
    today = clock.today()
    panne = mongo.find(Panne, id=panne_id)
    if panne is None:
        # The end may come first: its day stands for the beginning until that is told.
        first = said.get("debut_date") or said["fin_date"]
        fresh = Panne(id=panne_id, parcours_id=f"panne:{panne_id}", origine=AILLEURS, par=AILLEURS, debut_date=first)
        if _open_everywhere() is None:
            # The same outage seen by two observers is told once.
            due.plan(fresh, annonce=today)
        panne = outbox.insert(fresh)
    if all(getattr(panne, name) == value for name, value in said.items()):
        return
    for name, value in said.items():
        setattr(panne, name, value)
    if panne.fin_date:
        due.plan(panne, reprise=today)
    if "fin_date" in said:
        panne.ouverte = ""
    outbox.update(panne)


def _open_everywhere() -> Panne | None:
    """The outage of every préfecture that is under way, whoever saw it."""
    return next((panne for panne in Panne.recent() if panne.fin_date is None and not panne.prefectures), None)


def _key(instant: datetime) -> str:
    return instant.isoformat()
