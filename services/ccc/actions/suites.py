"""What the person does on her ticket afterwards: writes again, says whether it is solved, keeps her préfecture out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from chassis import clock, due, outbox
from chassis.mongo import collection_of, find, insert_once, raw
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Refused
from sejour.blocage.v1 import blocage_pb2
from sejour.ccc.v1 import events_pb2
from services.ccc.actions import acces, anomalies, blocages, saisines, touchees
from services.ccc.cadre import cadre
from services.ccc.rules import acces as acces_rules
from services.ccc.rules import etats, reponses
from services.ccc.store import Anomalie, Message, PieceJointe, Saisine

OPEN = [etats.OUVERTE, etats.REPONDUE, etats.A_PRECISER]
BATCH = 50


def recognise(saisine_id: str, code: str, who: Who, *, request_id: str) -> Saisine:
    """An agent recognises a fault: whatever the ticket was about, it is a blockage, and leads on at once (CCC-11)."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.RECONNAITRE)
    anomalie = anomalies.access(code)
    if not saisine.blocage_id:
        qualified = (etats.TELEPROCEDURE, anomalie.symptome)
        saisines.qualify(saisine_id, *qualified, who, request_id=f"sujet:{request_id}")
    return anomalies.recognise(saisine_id, code, who, request_id=request_id)


def recognise_batch() -> int:
    """Leads the open tickets that are older than a fault just registered to substitution (CCC-11)."""
    waiting = find(Anomalie, rapprochement__gt="")
    if waiting is None:
        return 0
    older = {"state": {"$in": OPEN}, "anomalie_code": "", "_id": {"$gt": waiting.tickets_curseur}}
    batch = list(collection_of(Saisine).find(older, {"precis": 1, "symptome": 1}).sort("_id", 1).limit(BATCH))
    for found in batch:
        if any(p.sure and p.code == waiting.code for p in anomalies.pistes(found["precis"], found.get("symptome", 0))):
            recognise(found["_id"], waiting.code, acces.SYSTEME, request_id=f"rapproche:{waiting.code}:{found['_id']}")
    if not batch:
        return touchees.match_batch()
    try:
        waiting.tickets_curseur = batch[-1]["_id"]
        outbox.update(waiting)
    except outbox.Conflict:
        return 1
    return len(batch)


@dataclass(frozen=True)
class Suite:
    """What the person adds to her ticket."""

    texte: str
    pieces: tuple[PieceJointe, ...] = ()


@outbox.retry_conflicts
def write_again(saisine_id: str, suite: Suite, *, request_id: str) -> Saisine:
    """The person writes again: the ticket waits for an agent, a level higher when she says that it is not solved.

    Asking again in vain counts as an attempt (CCC-03, CCC-20).
    """
    saisine = find(Saisine, id=saisine_id)
    if saisine is None:
        raise Refused(etats.SAISINE_INCONNUE)
    if outbox.already(saisine, request_id):
        return saisine
    if saisine.state == etats.CLOSE:
        add_to_thread(saisine, suite, request_id)
        return reopen(saisine_id, request_id=f"{request_id}:rouvrir")
    add_to_thread(saisine, suite, request_id)
    if saisine.state == etats.OUVERTE:
        day = clock.today().isoformat()
        saisine.relances = [*saisine.relances, day][-50:]
        if len(saisine.relances) >= cadre().number("P-ATTEMPTS", clock.today()):
            _record_silence(saisine, day)
    facts = []
    if saisine.state == etats.REPONDUE and reponses.says_not_solved(suite.texte):
        facts.append(open_again(saisine, by="personne"))
    saisine.state = etats.OUVERTE
    # Written only now: a captured file of the thread shows what the words tell.
    if suite.pieces and not saisine.captures:
        saisine.captures = list(suite.pieces)
    return outbox.update(saisine, *facts, request_id=request_id)


@outbox.retry_conflicts
def reopen(saisine_id: str, *, request_id: str, by: str = "personne") -> Saisine:
    """« Ce n'est pas réglé »: the same ticket, a level higher; past P-ATT, attested today (CCC-03, CCC-06)."""
    saisine = find(Saisine, id=saisine_id)
    if saisine is None:
        raise Refused(etats.SAISINE_INCONNUE)
    if outbox.already(saisine, request_id) or saisine.state == etats.OUVERTE:
        return saisine
    return outbox.update(saisine, open_again(saisine, by=by), request_id=request_id)


def open_again(saisine: Saisine, *, by: str) -> Fact:
    """The ticket waits for an agent again, a level higher; its fact, for the write of the act that opens it."""
    level, today = min(saisine.niveau + 1, etats.NIVEAU_MAX), clock.today()
    saisine.state, saisine.niveau, saisine.tri = etats.OUVERTE, level, _rank(saisine, level)
    again = ""
    if saisine.leve and saisine.blocage_id:
        # What was lifted stays over: she is stopped anew, on her first date.
        blocage = blocages.record(saisines.constat(saisine, acces.SYSTEME), request_id=f"rouverte:{saisine.id}:{level}")
        saisine.blocage_apporte = saisine.blocage_apporte or saisine.blocage_reference
        saisine.blocage_id, saisine.blocage_reference = blocage.id, blocage.reference
        again = blocage.id
    saisine.leve, saisine.fin_date = False, None
    if saisine.categorie == etats.TELEPROCEDURE and not saisine.papiers:
        p_att = cadre().number("P-ATT", saisine.ouverture_date)
        due.plan(saisine, attestation=reponses.attestation_day(saisine.ouverture_date, p_att, today))
    reopened = events_pb2.SaisineRouverte(saisine_id=saisine.id, niveau=level, blocage_id=again)
    return Fact("ccc.saisine.rouverte", reopened, by=by)


@outbox.retry_conflicts
def object_to_copy(saisine_id: str, *, request_id: str, by: str = "personne") -> Saisine:
    """She does not want her préfecture to see this: no desk of hers shows it from now on (CCC-14).

    Two writes: the blockage says so, then the ticket.
    """
    saisine = find(Saisine, id=saisine_id)
    if saisine is None:
        raise Refused(etats.SAISINE_INCONNUE)
    if outbox.already(saisine, request_id) or saisine.objection:
        return saisine
    blocages.object_to_copy(saisine.blocage_id, by=by, request_id=f"{request_id}:blocage")
    saisine.objection = True
    return outbox.update(saisine, Fact("ccc.saisine.ouverte", saisines.opened(saisine), by=by), request_id=request_id)


@outbox.retry_conflicts
def mark_solved(saisine_id: str, *, request_id: str) -> Saisine:
    """« C'est réglé »: closed by the duty that the answer named; without an answer the agent still names it."""
    saisine = find(Saisine, id=saisine_id)
    if saisine is None:
        raise Refused(etats.SAISINE_INCONNUE)
    if outbox.already(saisine, request_id) or saisine.state == etats.CLOSE:
        return saisine
    reponses.is_duty(saisine.issue).or_refuse()
    if saisine.blocage_id:
        blocages.lift(saisine.blocage_id, by="personne", request_id=f"{request_id}:levee")
        saisine.leve = True
    return saisines.close(saisine, saisine.issue, by="personne", request_id=request_id)


def add_to_thread(saisine: Saisine, suite: Suite, request_id: str) -> None:
    """A message of the person, once however often it is repeated."""
    message = Message(
        id=outbox.id_for(request_id, "message"),
        saisine_id=saisine.id,
        time=clock.now(),
        jour_date=clock.today(),
        auteur=etats.DE_LA_PERSONNE,
        texte=suite.texte[:20000],
        pieces=list(suite.pieces),
    )
    insert_once(collection_of(Message), raw(message))


@outbox.retry_conflicts
def note_silence(saisine_id: str, due_day: date, today: date) -> None:
    """P-ATTEMPTS days passed and nobody answered: the centre itself is the blockage, written to again or not."""
    saisine = acces.access_saisine(saisine_id, acces.SYSTEME, acces_rules.LIRE)
    if saisine.state == etats.OUVERTE and saisine.reponse_date is None and not saisine.reformulations:
        _record_silence(saisine, due_day.isoformat())
    due.plan(saisine, silence=None)
    outbox.update(saisine)


def _record_silence(saisine: Saisine, day: str) -> None:
    """The person asked P-ATTEMPTS times and nobody answered: the centre itself is the blockage (CASE-55)."""
    silent = replace(
        saisines.constat(saisine, acces.SYSTEME),
        symptome=blocage_pb2.SYMPTOME_CENTRE_INJOIGNABLE,
        preuves=(blocage_pb2.PREUVE_SYSTEME,),
        premiere_tentative=saisine.ouverture_date,
    )
    blocages.record(silent, request_id=f"silence:{saisine.id}:{day}")


def _rank(saisine: Saisine, niveau: int) -> str:
    return reponses.queue_key(saisine.fin_droit_date, f"{saisine.ouverture_time.isoformat()}|{saisine.id}", niveau)
