"""An outage of the téléservice: declared, or found by probing; dates are protected, routes open to all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from chassis import clock, due, logs, outbox
from chassis.inbox import Meta
from chassis.mongo import collection_of, find
from chassis.outbox import Fact
from chassis.watch import State, Watch
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import events_pb2 as deposit_pb2
from sejour.substitution.v1 import events_pb2
from services.substitution.actions.acces import require_act
from services.substitution.actions.prefectures import modalites
from services.substitution.actions.voies import tell
from services.substitution.cadre import cadre
from services.substitution.rules import acces
from services.substitution.rules import voies as rules
from services.substitution.store import Panne, Voie

EVERYWHERE, BATCH = "*", 50

PANNE_INCONNUE = Motif(
    "PANNE_INCONNUE",
    "regle-du-service",
    "Aucune panne ne porte cet identifiant.",
    "Regardez la liste des pannes.",
    Genre.INTROUVABLE,
)


def declare(prefectures: Sequence[str], who: Who, *, request_id: str) -> Panne:
    """An operator says that the téléservice is down, for all or for some préfectures; the same extent once."""
    require_act(who, acces.PANNE)
    return _open(sorted(set(prefectures)), detectee=False, by=who.subject, request_id=request_id)


def end(panne_id: str, who: Who, *, request_id: str) -> Panne:
    """An operator says that it is over; the clocks start again from here."""
    require_act(who, acces.PANNE)
    return _close(panne_id, by=who.subject, request_id=request_id)


def on_declaree(event: deposit_pb2.PanneDeclaree, meta: Meta) -> None:
    """Deposit says itself that it is down: routes open here too, without a second fact about the same outage."""
    recorded = find(Panne, id=event.panne_id)
    if recorded is None:
        panne = _panne(event.panne_id, list(event.prefectures), date.fromisoformat(event.debut_date))
        panne.detectee, panne.par = event.detectee, "deposit"
        _insert(panne)


def on_terminee(event: deposit_pb2.PanneTerminee, meta: Meta) -> None:
    """Deposit is back. The end may come first: an outage that is over opens nothing any more."""
    day = date.fromisoformat(event.fin_date)
    recorded = find(Panne, id=event.panne_id)
    if recorded is None:
        panne = _panne(event.panne_id, [], day)
        panne.ouverte, panne.par, panne.fin_date, panne.fin_time = "", "deposit", day, clock.legal_now()
        outbox.insert(panne)
    elif recorded.ouverte:
        recorded.ouverte = ""
        recorded.fin_date = day
        recorded.fin_time = clock.legal_now()
        outbox.update(recorded)


@outbox.retry_conflicts
def begin_telling(panne_id: str, due_date: date, today: date) -> Panne:
    """Starts telling each person with an open route in the outage; nobody once it is over."""
    panne: Panne = Panne.objects(id=panne_id).first()
    panne.part, panne.apres = (_codes(panne)[0] if panne.ouverte else ""), ""
    due.plan(panne, annonce=None)
    return outbox.update(panne)


def tell_next(most: int = BATCH) -> int:
    """Tells the next `most` persons, once: dates protected, and ways without a computer. 0 when nobody is left."""
    panne = find(Panne, part__gt="")
    if panne is None:
        return 0
    told, part, apres = 0, "", ""
    for code in (one for one in _codes(panne) if panne.ouverte and one >= panne.part):
        after = panne.apres if code == panne.part else ""
        criteria = {"prefecture": code, "state": {"$in": list(rules.OPEN_STATES)}, "_id": {"$gt": after}}
        found = list(collection_of(Voie).find(criteria, {"_id": 1}).sort("_id", 1).limit(most - told))
        for voie in found:
            _tell(voie["_id"], panne)
        told += len(found)
        if told == most:
            part, apres = code, found[-1]["_id"]
            break
    _stand(panne, part, apres)
    return 1


def untold() -> int:
    """How many outages have not told everybody."""
    return int(Panne.objects(part__gt="").count())


def concerns(prefecture: str) -> Panne | None:
    """The open outage that concerns a préfecture, or everybody."""
    for panne in Panne.objects(ouverte__gt="").order_by("ouverte").limit(20):
        if not panne.prefectures or prefecture in panne.prefectures:
            return panne  # type: ignore[no-any-return]
    return None


def recent() -> list[dict[str, Any]]:
    """The last fifty outages, most recent first."""
    keys = {"debut_date": 1, "debut_time": 1, "fin_date": 1, "fin_time": 1, "prefectures": 1, "detectee": 1}
    return list(collection_of(Panne).find({}, keys).sort("debut_date", -1).limit(50))


def probe(deposit: Watch) -> bool:
    """Looks once at the téléservice: too long a silence declares the outage, an answer ends it.

    Returns whether something was declared or ended.
    """
    seen = deposit.look()
    if seen is None:
        return False
    if seen.state is State.ANSWERS:
        found = find(Panne, ouverte=EVERYWHERE, detectee=True)
        if found is None:
            return False
        _close(found.id, by="systeme", request_id=f"{found.id}:fin")
        return True
    if not seen.lost or Panne.objects(ouverte=EVERYWHERE).first() is not None:
        return False
    _open([], detectee=True, by="systeme", request_id=f"silence:{seen.answer_time.isoformat()}")
    return True


def _open(prefectures: list[str], *, detectee: bool, by: str, request_id: str) -> Panne:
    panne = _panne(outbox.id_for(request_id, "panne"), prefectures, clock.today())
    panne.detectee, panne.par = detectee, by
    declared = events_pb2.PanneDeclaree(
        panne_id=panne.id, debut_date=panne.debut_date.isoformat(), prefectures=prefectures, detectee=detectee
    )
    return _insert(panne, Fact("substitution.panne.declaree", declared, by=by), request_id=request_id)


def _panne(identifier: str, prefectures: list[str], day: date) -> Panne:
    """An open outage, whose persons are to be told today."""
    panne = Panne(
        id=identifier,
        parcours_id=f"panne:{identifier}",
        ouverte=",".join(prefectures) or EVERYWHERE,
        debut_date=day,
        debut_time=clock.legal_now(),
        prefectures=prefectures,
        detectee=False,
    )
    due.plan(panne, annonce=clock.today())
    return panne


def _insert(panne: Panne, *facts: Fact, request_id: str = "") -> Panne:
    """Stores an outage, unless one of the same extent is open: then returns that one."""
    try:
        stored = outbox.insert(panne, *facts, request_id=request_id)
    except outbox.Duplicate:
        already_open = find(Panne, ouverte=panne.ouverte)
        if already_open is None:
            raise
        return already_open
    logs.get().warning("substitution.panne.declared", detected=panne.detectee, prefectures=len(panne.prefectures))
    return stored


def _codes(panne: Panne) -> list[str]:
    """In the order of their letters, by which a telling goes on."""
    return sorted(panne.prefectures or [departement.code for departement in cadre().catalogue.departements()])


def _stand(panne: Panne, part: str, apres: str) -> None:
    try:
        panne.part, panne.apres = part, apres
        outbox.update(panne)
    except outbox.Conflict:
        # It ended meanwhile: nobody is told of it any more.
        return


@outbox.retry_conflicts
def _tell(voie_id: str, panne: Panne) -> None:
    voie: Voie = Voie.objects(id=voie_id).first()
    key = f"panne:{panne.id}"
    if not outbox.already(voie, key):
        lines = modalites(voie.prefecture or "").lignes
        champs: dict[str, object] = {"debut_date": panne.debut_date.isoformat(), "voies": lines}
        outbox.update(voie, *tell(voie, "panne_declaree", champs), request_id=key)


@outbox.retry_conflicts
def _close(panne_id: str, *, by: str, request_id: str) -> Panne:
    panne = find(Panne, id=panne_id)
    if panne is None:
        raise Refused(PANNE_INCONNUE)
    if not panne.ouverte or outbox.already(panne, request_id):
        return panne
    day = clock.today()
    ended = events_pb2.PanneTerminee(panne_id=panne.id, fin_date=day.isoformat())
    panne.ouverte = ""
    panne.fin_date = day
    panne.fin_time = clock.legal_now()
    return outbox.update(panne, Fact("substitution.panne.terminee", ended, by=by), request_id=request_id)
