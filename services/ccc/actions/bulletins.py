"""Bulletins of known faults: every P-BULLETIN days while one is open, to the mailboxes of the desks (NOT-10, XCT-17).

They bear the instruction to orient at once to another way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock, due, messages, outbox
from chassis.inbox import Meta
from chassis.mongo import collection_of, find
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Refused
from droit.jours import add_days
from personne.joindre import COURRIEL_ILLISIBLE, read_courriel
from sejour.ccc.v1 import events_pb2
from sejour.contact.v1 import contact_pb2
from sejour.deposit.v1 import events_pb2 as deposit_pb2
from services.ccc import inputs
from services.ccc.actions import acces, prefectures
from services.ccc.cadre import cadre
from services.ccc.rules import acces as acces_rules
from services.ccc.rules import anomalies as anomalies_rules
from services.ccc.rules import diffusion as rules
from services.ccc.rules import etats
from services.ccc.store import Abonne, Anomalie, Bulletin
from services.ccc.store.registre import NATIONAL

CENTRE, PREFECTURE, PAN = rules.CENTRE, rules.PREFECTURE, rules.PAN
BATCH, SHOWN, OPEN_MAX = 50, 20, 100
MODELES = {rules.ANOMALIES: "bulletin_anomalies", rules.CAMPAGNE: "campagne_bureau"}


@dataclass(frozen=True)
class Parution:
    """What an agent sees: the bulletins that came out, the day of the next, the mailboxes she may see."""

    parus: list[Bulletin]
    prochain: date | None
    abonnes: list[Abonne]


def subscribe(boite: inputs.Boite, who: Who, *, request_id: str) -> Abonne:
    """Adds a mailbox; adding it again changes nothing."""
    acces.require_act(who, acces_rules.REGISTRE_LIRE)
    rules.may_subscribe(boite.cible, boite.prefecture, who.roles, who.prefectures).or_refuse()
    courriel = read_courriel(boite.courriel).lower()
    if not courriel:
        raise Refused(COURRIEL_ILLISIBLE, champ="courriel")
    abonne = Abonne(
        id=outbox.id_for(f"{boite.cible}:{boite.prefecture}:{courriel}", "abonne"),
        parcours_id=NATIONAL,
        cible=boite.cible,
        prefecture=boite.prefecture,
        nom=boite.nom or prefectures.nom_of(boite.prefecture),
        courriel=courriel,
    )
    reached = contact_pb2.Contact(
        contact_id=abonne.id,
        version=1,
        nom=abonne.nom,
        courriel=courriel,
        langue="fr",
        canaux=[contact_pb2.CANAL_COURRIEL],
    )
    return outbox.insert(abonne, messages.contact(reached), request_id=request_id)


@outbox.retry_conflicts
def set_active(abonne_id: str, actif: bool, who: Who, *, request_id: str) -> Abonne:
    """Stops writing to a mailbox, or writes to it again."""
    acces.require_act(who, acces_rules.REGISTRE_LIRE)
    abonne = find(Abonne, id=abonne_id)
    if abonne is None:
        raise Refused(rules.BOITE_INCONNUE)
    rules.may_subscribe(abonne.cible, abonne.prefecture, who.roles, who.prefectures).or_refuse()
    if outbox.already(abonne, request_id) or abonne.actif == actif:
        return abonne
    abonne.actif = actif
    return outbox.update(abonne, request_id=request_id)


def plan_next(after: date) -> None:
    """Plans the bulletin that follows `after`, unless one is planned already."""
    day = add_days(after, cadre().number("P-BULLETIN", after))
    if Bulletin.objects(state=rules.PREVU, jour_date__gt=after.isoformat()).first() is not None:
        return
    bulletin = Bulletin(id=outbox.id_for(day.isoformat(), "bulletin"), parcours_id=NATIONAL, jour_date=day)
    due.plan(bulletin, parution=day)
    outbox.insert(bulletin)


@outbox.retry_conflicts
def publish(bulletin_id: str, due_day: date, today: date) -> None:
    """Makes the bulletin of the day: faults open, faults solved since; plans the next while a fault is open."""
    bulletin: Bulletin = Bulletin.objects(id=bulletin_id).first()
    unsolved = [state for state in etats.ETATS_ANOMALIE if anomalies_rules.is_unsolved(state)]
    faults = Anomalie.objects(state__in=unsolved).order_by("depuis_date").limit(OPEN_MAX)
    opened = [_open_line(anomalie, today) for anomalie in faults]
    last = Bulletin.objects(state=rules.PARU, genre=rules.ANOMALIES).order_by("-jour_date").first()
    since = last.jour_date if last is not None else date.min
    solved = Anomalie.objects(state=etats.RESOLUE).order_by("-depuis_date").limit(SHOWN)
    closed = [f"{each.code} : {each.titre}. {each.solution}".strip() for each in solved if each.resolue_date >= since]
    if opened:
        plan_next(today)
    bulletin.state = rules.PARU
    bulletin.jour_date = today
    bulletin.ouvertes = opened
    bulletin.resolues = closed
    bulletin.envoi = rules.A_FAIRE if opened or closed else ""
    due.plan(bulletin, parution=None)
    outbox.update(
        bulletin, Fact("ccc.bulletin.paru", events_pb2.BulletinParu(jour_date=today.isoformat(), ouvertes=len(opened)))
    )


def receive_campagne(event: deposit_pb2.CampagneOuverte, meta: Meta) -> None:
    """A démarche joins the téléservice: the same mailboxes are told, once (NOT-11)."""
    today = clock.today()
    bulletin = Bulletin(
        id=event.campagne_id,
        parcours_id=NATIONAL,
        jour_date=today,
        state=rules.PARU,
        genre=rules.CAMPAGNE,
        libelle=event.libelle,
        effet_date=date.fromisoformat(event.effet_date),
        envoi=rules.A_FAIRE,
    )
    outbox.insert(bulletin, Fact("ccc.bulletin.paru", events_pb2.BulletinParu(jour_date=today.isoformat())))


def send_batch() -> int:
    """Writes to the next fifty mailboxes; the cursor moves after them. Once each, whatever happens to the cursor."""
    waiting = find(Bulletin, envoi__gt="")
    if waiting is None:
        return 0
    after = {"actif": True, "_id": {"$gt": waiting.envoi_curseur}}
    batch = list(collection_of(Abonne).find(after, {"_id": 1}).sort("_id", 1).limit(BATCH))
    for found in batch:
        _send(found["_id"], waiting)
    done = len(batch) < BATCH
    cursor = batch[-1]["_id"] if batch else waiting.envoi_curseur
    try:
        waiting.envoi = "" if done else rules.EN_COURS
        waiting.envoi_curseur = cursor
        outbox.update(waiting)
    except outbox.Conflict:
        return 1
    return max(len(batch), 1)


def count_waiting() -> int:
    """How many bulletins have mailboxes still to reach."""
    return collection_of(Bulletin).count_documents({"envoi": {"$gt": ""}}, limit=100)


def parutions(who: Who) -> Parution:
    """The bulletins and the mailboxes; a préfecture sees its own, the contact centre all."""
    acces.require_act(who, acces_rules.REGISTRE_LIRE)
    following = Bulletin.objects(state=rules.PREVU).order_by("jour_date").first()
    abonnes = Abonne.objects(actif__in=[True, False]).limit(500)
    return Parution(
        parus=list(Bulletin.objects(state=rules.PARU).order_by("-jour_date").limit(SHOWN)),
        prochain=following.jour_date if following is not None else None,
        abonnes=[
            each
            for each in abonnes
            if rules.may_subscribe(each.cible, each.prefecture, who.roles, who.prefectures).accepted
        ],
    )


@outbox.retry_conflicts
def _send(abonne_id: str, bulletin: Bulletin) -> None:
    abonne: Abonne = Abonne.objects(id=abonne_id).first()
    step = f"bulletin:{bulletin.id}"
    if outbox.already(abonne, step):
        return
    asked = messages.Notice(abonne.id, abonne.parcours_id, MODELES[bulletin.genre], _champs(bulletin))
    outbox.update(abonne, messages.fact("ccc", asked), request_id=step)


def _champs(bulletin: Bulletin) -> dict[str, Any]:
    if bulletin.genre == rules.CAMPAGNE:
        return {"libelle": bulletin.libelle, "effet_date": bulletin.effet_date.isoformat()}
    return {
        "jour": bulletin.jour_date.isoformat(),
        "anomalies": list(bulletin.ouvertes),
        "resolues": list(bulletin.resolues),
        "lien": f"{cadre().settings.public_url}/ccc/agents/registre",
    }


def _open_line(anomalie: Anomalie, today: date) -> str:
    age = (today - anomalie.depuis_date).days
    around = f" En attendant : {anomalie.contournement}" if anomalie.contournement else ""
    return f"{anomalie.code} : {anomalie.titre}, depuis {age} jours.{around}"
