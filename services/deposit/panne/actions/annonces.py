"""What an outage has to say, a few persons at a time: so many are concerned that all at once would hold up the rest.

The outage keeps where its telling stands: the step, the part of it (a préfecture or a day), the last one told. The key
of the outage on each demande and person makes a repeat harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chassis import clock, due, messages, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Entry, Fact
from sejour.deposit.v1 import events_pb2
from services.deposit.blocage.actions import blocages
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import prefectures
from services.deposit.dossier.actions.notices import notice_fact
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.panne import Panne
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import calendrier, settle, suspensions
from services.deposit.droits.rules import horloges
from services.deposit.droits.store import Ligne

BATCH = 50
ARRETS, TITRES, DATES, REPRISES = "ARRETS", "TITRES", "DATES", "REPRISES"


@dataclass(frozen=True)
class Etape:
    """One step of a telling: the parts in which its documents are found, in order, and what is done for each of them.

    `acte` takes the identifier, the préfecture and the outage; `suite` is the step after it.
    """

    document: type[Demande] | type[Usager] | type[Ligne]
    parts: Callable[[Panne], Sequence[str]]
    criteria: Callable[[Panne, str], dict[str, Any]]
    acte: Callable[[str, str, Panne], None]
    suite: str = ""


@outbox.retry_conflicts
def announce(panne_id: str, due_date: date, today: date) -> Panne:
    """Starts telling everyone whose delay the outage stops, or ends within it; again each day, for newcomers."""
    panne: Panne = Panne.objects(id=panne_id).first()
    if panne.fin_date is not None:
        due.plan(panne, annonce=None)
        return outbox.update(panne)
    return _begin(panne, ARRETS, annonce=today + timedelta(days=1))


@outbox.retry_conflicts
def resume(panne_id: str, due_date: date, today: date) -> Panne:
    """The delays run again: each person reads from which day to which hers stood, and its new last day."""
    panne: Panne = Panne.objects(id=panne_id).first()
    return _begin(panne, DATES, reprise=None, annonce=None)


def tell(most: int = BATCH) -> int:
    """Goes on with one telling, for the next `most`; 0 when there is none."""
    panne = mongo.find(Panne, etape__gt="")
    if panne is None:
        return 0
    etape, part = ETAPES[panne.etape], panne.part
    found: list[dict[str, Any]] = []
    for part in (one for one in etape.parts(panne) if one >= panne.part):
        after = {"_id": {"$gt": panne.apres if part == panne.part else ""}}
        page = collection_of(etape.document).find(etape.criteria(panne, part) | after, {"prefecture": 1})
        found += page.sort("_id", 1).limit(most - len(found))
        if len(found) == most:
            break
    for each in found:
        etape.acte(each["_id"], each.get("prefecture", ""), panne)
    if len(found) < most:
        _stand(panne, etape.suite, "", "")
    else:
        _stand(panne, panne.etape, part, found[-1]["_id"])
    return 1


def untold() -> int:
    """How many outages have not told everybody."""
    return int(Panne.objects(etape__gt="").count())


def _begin(panne: Panne, etape: str, **days: date | None) -> Panne:
    panne.etape, panne.part, panne.apres = etape, "", ""
    due.plan(panne, **days)
    return outbox.update(panne)


def _stand(panne: Panne, etape: str, part: str, apres: str) -> None:
    try:
        panne.etape, panne.part, panne.apres = etape, part, apres
        outbox.update(panne)
    except outbox.Conflict:
        # It ended meanwhile: what it has to say began anew.
        return


def _codes(panne: Panne) -> list[str]:
    """In the order of their letters, by which a telling goes on: the catalogue has Corsica before the 21."""
    return sorted(panne.prefectures or [departement.code for departement in cadre().catalogue.departements()])


def _days(panne: Panne) -> list[str]:
    """The days of the outage, and those of the titles whose window of renewal closes on them."""
    frame, today = cadre(), clock.today()
    closing = timedelta(days=frame.catalogue.national.number("fenetre-fermeture", today, frame.position))
    lived = [panne.debut_date + timedelta(days=n) for n in range((today - panne.debut_date).days + 1)]
    return sorted({day.isoformat() for first in lived for day in (first, first + closing)})


def _waiting(panne: Panne, code: str) -> dict[str, Any]:
    """Demandes whose person has something to send before a day."""
    return {"prefecture": code, "state": etats.PIECES_DEMANDEES}


def _ending(panne: Panne, day: str) -> dict[str, Any]:
    return {"titres.fin_date": day, "prefecture": {"$in": _codes(panne)}}


def _received(panne: Panne, code: str) -> dict[str, Any]:
    return {"prefecture": code, "recue_date": {"$gte": panne.debut_date.isoformat()}}


def _protect(demande_id: str, prefecture: str, panne: Panne) -> None:
    blocages.protect_date(demande_id)


@outbox.retry_conflicts
def _say_stopped(demande_id: str, prefecture: str, panne: Panne) -> None:
    demande: Demande = Demande.objects(id=demande_id).first()
    key = f"panne:{panne.id}"
    request = calendrier.open_request(demande)
    if outbox.already(demande, key) or request is None:
        return
    stopped = events_pb2.HorlogeChangee(demande_id=demande.id, arretee=True, date=panne.debut_date.isoformat())
    champs = {"debut_date": panne.debut_date.isoformat(), "voies": prefectures.modalites(prefecture).lignes}
    entries: tuple[Entry, ...] = (
        Fact("deposit.horloge.changee", stopped, private={"panne": panne.id, "cause": horloges.PANNE}),
        notice_fact(demande, "panne_declaree", champs),
    )
    settle.write(demande, *entries, request_id=key, today=clock.today())


@outbox.retry_conflicts
def _say_resumed(demande_id: str, prefecture: str, panne: Panne) -> None:
    demande: Demande = Demande.objects(id=demande_id).first()
    key, today = f"panne:{panne.id}:fin", clock.today()
    request = calendrier.open_request(demande)
    if outbox.already(demande, key) or request is None or panne.fin_date is None:
        return
    met = [s for s in suspensions.of_request(demande, request) if s.fin == panne.fin_date]
    if not met:
        return
    last = calendrier.due_day(demande, request)
    request.echeance_date = last
    if last is None or last >= today:
        # Found past its day while the outage lasted: it runs again.
        request.depassee = False
    runs = events_pb2.HorlogeChangee(demande_id=demande.id, arretee=False, date=panne.fin_date.isoformat())
    champs = {
        "debut_date": met[0].debut.isoformat(),
        "fin_date": panne.fin_date.isoformat(),
        "echeance_date": last.isoformat() if last else "",
    }
    fact = Fact("deposit.horloge.changee", runs, private={"panne": panne.id, "cause": horloges.PANNE} | champs)
    settle.write(demande, fact, notice_fact(demande, "delai_suspendu", champs), request_id=key, today=today)


@outbox.retry_conflicts
def _say_down(usager_id: str, prefecture: str, panne: Panne) -> None:
    usager: Usager = Usager.objects(id=usager_id).first()
    key = f"panne:{panne.id}"
    if outbox.already(usager, key):
        return
    demande = messages.Notice(
        destinataire_id=usager.id,
        parcours_id=usager.parcours_id,
        modele="panne_declaree",
        champs={"debut_date": panne.debut_date.isoformat(), "voies": prefectures.modalites(prefecture).lignes},
    )
    outbox.update(usager, messages.fact(ALIAS, demande), request_id=key)


ETAPES: Mapping[str, Etape] = {
    ARRETS: Etape(Demande, _codes, _waiting, _say_stopped, TITRES),
    TITRES: Etape(Usager, _days, _ending, _say_down),
    DATES: Etape(Ligne, _codes, _received, _protect, REPRISES),
    REPRISES: Etape(Demande, _codes, _waiting, _say_resumed),
}
