"""One fault, everybody: who met it in any service is known once, also before it was registered, and told the same news.

Each person and fault is a document that says what she was told: a job that is killed goes on with who was not.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from chassis import messages, mongo, outbox
from chassis.inbox import Meta
from chassis.mongo import collection_of, find
from chassis.outbox import Entry
from droit.jours import day_in_words
from sejour.blocage.v1 import blocage_pb2
from sejour.deposit.v1 import events_pb2 as deposit_pb2
from services.ccc.actions import acces, contacts
from services.ccc.rules import anomalies as rules
from services.ccc.rules import etats
from services.ccc.store import Anomalie, BlocageVu, PersonneTouchee, Saisine

BATCH, COUNTED_MAX = 50, 100_000
UNSOLVED = [etats.ANOMALIE_OUVERTE, etats.CONTOURNEE]
MODELES = {etats.CONTOURNEE: "anomalie_contournee", etats.RESOLUE: "anomalie_resolue"}


def on_constate(event: blocage_pb2.BlocageConstate, meta: Meta) -> None:
    """A blockage met by another service: one of an unsolved fault makes its person one of those affected (CCC-12)."""
    seen: dict[str, Any] = {
        "parcours_id": event.parcours_id,
        "contact_id": event.contact_id or event.usager_id,
        "symptome": event.symptome,
        "objet": event.titre_code or event.demarche_code,
        "premiere_tentative_date": event.premiere_tentative_date,
    }
    mongo.move_forward(collection_of(BlocageVu), event.blocage_id, meta.version, seen)
    for anomalie in Anomalie.objects(state__in=UNSOLVED, symptome=event.symptome).limit(BATCH):
        if _is_of(seen, anomalie):
            touch(anomalie.code, event.parcours_id, str(seen["contact_id"]))
            announce_again(anomalie)


def on_rattache(event: deposit_pb2.ParcoursRattache, meta: Meta) -> None:
    """Two parcours are one person's: she counts once, and what she was told under one she is not told again."""
    for older in PersonneTouchee.objects(parcours_id=event.ancien_parcours_id, doublon=False).limit(BATCH):
        touch(older.code, event.parcours_id, older.contact_id, older.saisine_id, tuple(older.dites))
        _set_double(older.id, event.parcours_id)


@outbox.retry_conflicts
def _set_double(touchee_id: str, parcours_id: str) -> None:
    older = find(PersonneTouchee, id=touchee_id)
    if older is not None and older.parcours_id != parcours_id and not older.doublon:
        older.doublon = True
        outbox.update(older)


def touch(code: str, parcours_id: str, contact_id: str, saisine_id: str = "", dites: tuple[str, ...] = ()) -> None:
    """This person is affected by this fault; once however often it is met, and by which way."""
    made = PersonneTouchee(
        id=f"{code}:{parcours_id}",
        parcours_id=parcours_id,
        code=code,
        contact_id=contact_id,
        saisine_id=saisine_id,
        dites=list(dites),
    )
    _complete(outbox.insert(made).id, contact_id, saisine_id, dites)


@outbox.retry_conflicts
def _complete(touchee_id: str, contact_id: str, saisine_id: str, dites: tuple[str, ...]) -> None:
    found = find(PersonneTouchee, id=touchee_id)
    if found is None:
        return
    known = (found.contact_id or contact_id, found.saisine_id or saisine_id, sorted({*found.dites, *dites}))
    if known != (found.contact_id, found.saisine_id, list(found.dites)):
        found.contact_id, found.saisine_id, found.dites = known
        outbox.update(found)


def match_batch() -> int:
    """Looks at the next blockages and open tickets that are older than a fault just registered (CCC-11, CCC-12).

    The cursor moves after them; a repeat finds each person touched already.
    """
    waiting = find(Anomalie, rapprochement__gt="")
    if waiting is None:
        return 0
    after = {"symptome": waiting.symptome, "_id": {"$gt": waiting.rapprochement_curseur}}
    batch = list(collection_of(BlocageVu).find(after).sort("_id", 1).limit(BATCH))
    for seen in batch:
        if _is_of(seen, waiting):
            touch(waiting.code, seen["parcours_id"], seen["contact_id"])
    if batch and announce_again(waiting):
        waiting = find(Anomalie, id=waiting.id) or waiting
    try:
        waiting.rapprochement_curseur = batch[-1]["_id"] if batch else waiting.rapprochement_curseur
        waiting.rapprochement = "EN_COURS" if len(batch) == BATCH else ""
        outbox.update(waiting)
    except outbox.Conflict:
        return 1
    return max(len(batch), 1)


def announce_batch() -> int:
    """Tells the next fifty persons affected what changed; done when nobody is left who was not told."""
    waiting = find(Anomalie, annonce__gt="")
    if waiting is None:
        return 0
    left = {"code": waiting.code, "doublon": False, "dites": {"$ne": waiting.annonce}}
    batch = list(collection_of(PersonneTouchee).find(left, {"_id": 1}).limit(BATCH))
    for found in batch:
        _announce(found["_id"], waiting)
    if len(batch) < BATCH:
        try:
            waiting.annonce = ""
            outbox.update(waiting)
        except outbox.Conflict:
            return 1
    return max(len(batch), 1)


def announce_again(anomalie: Anomalie) -> bool:
    """Somebody more is affected: she is told what the others were (CCC-12). False where there is no news to tell."""
    if not _last_news(anomalie):
        return False
    _have_told(anomalie.id)
    return True


def _last_news(anomalie: Anomalie) -> str:
    """What is told of a fault as it stands; empty where nothing is."""
    return rules.news(anomalie.state, anomalie.nouvelles) if anomalie.state in MODELES else ""


@outbox.retry_conflicts
def _have_told(anomalie_id: str) -> None:
    """Written even where an announcement is under way: its end, decided before she was there, then does not hold."""
    anomalie = find(Anomalie, id=anomalie_id)
    if anomalie is not None:
        anomalie.annonce = _last_news(anomalie)
        outbox.update(anomalie)


def count(code: str) -> int:
    """How many persons a fault has stopped."""
    return collection_of(PersonneTouchee).count_documents({"code": code, "doublon": False}, limit=COUNTED_MAX)


def news_of(saisine: Saisine) -> str:
    """What the page of a ticket says of its fault: a person who left no address reads it there (CCC-12)."""
    anomalie = find(Anomalie, code=saisine.anomalie_code) if saisine.anomalie_code else None
    if anomalie is None:
        return ""
    if anomalie.state == etats.RESOLUE:
        return (
            f"La panne qui vous gênait est réparée depuis le {day_in_words(anomalie.resolue_date)}. {_news(anomalie)}"
        )
    around = anomalie.state == etats.CONTOURNEE
    return f"En attendant la réparation : {anomalie.contournement}" if around else ""


@outbox.retry_conflicts
def _announce(touchee_id: str, anomalie: Anomalie) -> None:
    touchee = find(PersonneTouchee, id=touchee_id)
    if touchee is None or anomalie.annonce in touchee.dites:
        return
    entries = _message(touchee, anomalie)
    touchee.dites = [*touchee.dites, anomalie.annonce]
    outbox.update(touchee, *entries, request_id=f"annonce:{anomalie.annonce}")


def _message(touchee: PersonneTouchee, anomalie: Anomalie) -> tuple[Entry, ...]:
    champs = {"code": anomalie.code, "texte": _news(anomalie)}
    modele = MODELES[rules.told_state(anomalie.annonce)]
    if touchee.saisine_id:
        saisine = acces.access_saisine(touchee.saisine_id, acces.SYSTEME, "")
        return contacts.tell(saisine, modele, champs, by="systeme")[0]
    if not touchee.contact_id:
        return ()
    asked = messages.Notice(touchee.contact_id, touchee.parcours_id, modele, champs)
    return (messages.fact("ccc", asked),)


def _news(anomalie: Anomalie) -> str:
    if anomalie.state == etats.RESOLUE:
        return str(anomalie.solution or "Vous pouvez essayer de nouveau.")
    return str(anomalie.contournement)


def _is_of(seen: dict[str, Any], anomalie: Anomalie) -> bool:
    first = seen["premiere_tentative_date"]
    met = rules.Rencontre(seen["symptome"], seen["objet"], date.fromisoformat(first) if first else None)
    return rules.is_of(met, anomalie.symptome, anomalie.objet or "", anomalie.depuis_date)
