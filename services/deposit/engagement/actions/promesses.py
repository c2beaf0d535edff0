"""Promises as tasks with a day: made, kept, or missed, which the person and the supervisor learn at once (DEP-63)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chassis import clock, due, mongo, outbox
from chassis.outbox import Fact
from chassis.web.who import AGENT, Who
from droit.decision import Refused
from droit.jours import day_in_words
from promesse.rules import GENRES, JOUR_DE_PROMESSE, may_promise
from sejour.deposit.v1 import deposit_pb2, events_pb2
from services.deposit.dossier.actions import acces as guarded
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager
from services.deposit.engagement.actions import engagements
from services.deposit.engagement.actions.engagements import File
from services.deposit.engagement.rules import promesses
from services.deposit.engagement.rules.promesses import A_TENIR, MANQUEE, TENUE
from services.deposit.engagement.store.promesse import Promesse
from services.deposit.instruction.actions.personnes import access_personne

LISTE_MAX = 50
FILTRES = {MANQUEE: "Manquées", A_TENIR: "À tenir", TENUE: "Tenues"}

__all__ = [
    "FILTRES",
    "GENRES",
    "TENUE",
    "Parole",
    "count_missed",
    "keep",
    "keep_for",
    "make",
    "make_to_person",
    "miss",
    "note_for",
    "promesses_of",
    "queue",
]


@dataclass(frozen=True)
class Parole:
    """What is promised: its kind, the last day to keep it, words that the person reads; by which channel, and where
    the task goes when nothing else says it.
    """

    genre: str
    echeance: date
    texte: str = ""
    canal: str = ""
    prefecture: str = ""


def make(demande_id: str, parole: Parole, who: Who, *, request_id: str) -> Promesse:
    """Promises something about a demande."""
    demande = guarded.access_demande(demande_id, who, acces.PROMETTRE)
    usager: Usager = Usager.objects(id=demande.usager_id).first()
    return _write(usager, demande, parole, by=who.subject, request_id=request_id)


def make_to_person(usager_id: str, parole: Parole, who: Who, *, request_id: str) -> Promesse:
    """Promises something to a person, whatever her demandes."""
    usager = access_personne(usager_id, who, acces.PROMETTRE)
    return _write(usager, None, parole, by=who.subject, request_id=request_id)


def note_for(request: deposit_pb2.NoterPromesseRequest, who: Who, canal: str) -> Promesse:
    """Notes what another channel promised, on the word of the service that calls. Raises Refused."""
    usager = mongo.find(Usager, id=request.usager_id)
    demande: Demande | None = None
    if request.demande_id:
        demande = Demande.objects(id=request.demande_id, usager_id=request.usager_id).first()
    if usager is None or (request.demande_id and demande is None):
        raise Refused(etats.DEMANDE_INCONNUE)
    try:
        echeance = date.fromisoformat(request.echeance_date)
    except ValueError as error:
        raise Refused(JOUR_DE_PROMESSE, champ="echeance_date") from error
    said = Parole(request.genre, echeance, request.texte, canal, request.prefecture)
    return _write(usager, demande, said, by=who.subject, request_id=request.request_id)


def keep_for(request: deposit_pb2.TenirPromesseRequest, who: Who, canal: str) -> Promesse:
    """The channel that promised says that it is kept; the promise of another is unknown to it. Raises Refused."""
    if mongo.find(Promesse, id=request.promesse_id, canal=canal) is None:
        raise Refused(promesses.PROMESSE_INTROUVABLE)
    return _keep(request.promesse_id, who, request_id=request.request_id)


def keep(promesse_id: str, who: Who, *, request_id: str) -> Promesse:
    """The promise is kept, late or not: an agent says so, or the person herself."""
    _guard(promesse_id, who)
    return _keep(promesse_id, who, request_id=request_id)


@outbox.retry_conflicts
def _keep(promesse_id: str, who: Who, *, request_id: str) -> Promesse:
    promesse: Promesse = Promesse.objects(id=promesse_id).first()
    if outbox.already(promesse, request_id) or promesse.state == TENUE:
        return promesse
    today = clock.today()
    kept = events_pb2.PromesseTenue(promesse_id=promesse.id, tenue_date=today.isoformat())
    promesse.state, promesse.tenue_date, promesse.tenue_par = TENUE, today, who.subject
    due.plan(promesse, echeance=None)
    return outbox.update(promesse, Fact("deposit.promesse.tenue", kept, by=who.subject), request_id=request_id)


@outbox.retry_conflicts
def miss(promesse_id: str, due_date: date, today: date) -> Promesse:
    """Its last day passed with nothing done: the supervisor's queue holds it, and the person is told."""
    promesse: Promesse = Promesse.objects(id=promesse_id).first()
    if not engagements.pass_day(promesse, A_TENIR, MANQUEE):
        return outbox.update(promesse)
    missed_ = events_pb2.PromesseManquee(promesse_id=promesse.id, echeance_date=promesse.echeance_date.isoformat())
    return outbox.update(
        promesse,
        Fact("deposit.promesse.manquee", missed_),
        _missed_notice(promesse),
        request_id=f"manquee:{due_date.isoformat()}",
    )


def promesses_of(usager_id: str, demande_id: str = "") -> list[Promesse]:
    """What was promised to a person, latest day first; about one demande when it is named. The caller guards."""
    found = Promesse.objects(usager_id=usager_id)
    if demande_id:
        found = found.filter(demande_id__in=["", demande_id])
    return list(found.order_by("-echeance_date").limit(LISTE_MAX))


def queue(who: Who, state: str, after: str) -> File[Promesse]:
    """The promises of an agent's préfectures in one state, the earliest day first."""
    return engagements.queue(Promesse, who, state, after, FILTRES)


def count_missed(who: Who) -> int:
    """How many promises are missed and not kept since, for the supervisor's alert."""
    return engagements.count(Promesse, who, MANQUEE)


def _write(usager: Usager, demande: Demande | None, parole: Parole, *, by: str, request_id: str) -> Promesse:
    today = clock.today()
    may_promise(parole.genre, parole.echeance, today).or_refuse()
    prefecture = (demande.prefecture if demande else "") or usager.prefecture or parole.prefecture
    if not prefecture:
        raise Refused(promesses.PROMESSE_SANS_PREFECTURE)
    promesse = Promesse(
        id=outbox.id_for(request_id, "promesse"),
        parcours_id=usager.parcours_id,
        usager_id=usager.id,
        demande_id=demande.id if demande else "",
        reference=demande.reference if demande else "",
        prefecture=prefecture,
        genre=parole.genre,
        texte=parole.texte.strip()[:500],
        faite_date=today,
        echeance_date=parole.echeance,
        par=by,
        canal=parole.canal,
        state=A_TENIR,
    )
    # The last day belongs to whoever promised: it is missed on the day after.
    due.plan(promesse, echeance=parole.echeance + timedelta(days=1))
    said = events_pb2.PromesseFaite(
        promesse_id=promesse.id,
        usager_id=usager.id,
        demande_id=promesse.demande_id,
        genre=parole.genre,
        echeance_date=parole.echeance.isoformat(),
    )
    return outbox.insert(promesse, Fact("deposit.promesse.faite", said, by=by), request_id=request_id)


def _guard(promesse_id: str, who: Who) -> None:
    """For who may make a promise there and for the person to whom it was made."""
    promesse = mongo.find(Promesse, id=promesse_id)
    if promesse is None:
        raise Refused(promesses.PROMESSE_INTROUVABLE)
    act = acces.PROMETTRE if who.kind == AGENT else acces.ACT
    guarded.check(promesse.usager_id, promesse.prefecture, who, act)


def _missed_notice(promesse: Promesse) -> Fact:
    words = promesse.texte or GENRES[promesse.genre]
    champs = {
        "reference": promesse.reference,
        "promesse": f"{words} ({day_in_words(promesse.faite_date)})",
        "echeance_date": promesse.echeance_date.isoformat(),
    }
    return engagements.tell(promesse, "promesse_manquee", champs)


def in_json(promesse: Promesse) -> dict[str, Any]:
    """A promise as the API shows it."""
    return {
        "promesse_id": promesse.id,
        "usager_id": promesse.usager_id,
        "reference": promesse.reference,
        "genre": promesse.genre,
        "texte": promesse.texte,
        "faite_date": promesse.faite_date.isoformat(),
        "echeance_date": promesse.echeance_date.isoformat(),
        "etat": promesse.state,
        "tenue_date": promesse.tenue_date.isoformat() if promesse.tenue_date else "",
    }
