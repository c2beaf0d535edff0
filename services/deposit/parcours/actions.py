"""One identifier joins what every channel did for a person, so that she explains nothing twice (XCT-21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from chassis import mongo
from chassis.inbox import Meta
from chassis.mongo import collection_of
from chassis.web.who import Who
from sejour.ccc.v1 import events_pb2 as ccc_pb2
from sejour.deposit.v1 import events_pb2
from sejour.notify.v1 import events_pb2 as notify_pb2
from services.deposit.blocage.actions import blocages, messages_perdus
from services.deposit.dossier.actions import acces
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.echange import Echange
from services.deposit.dossier.store.projections import BlocageConnu, ParcoursJoint, SaisineConnue
from services.deposit.dossier.store.usager import Mandat, Usager
from services.deposit.instruction.actions import personnes
from services.deposit.justificatif.store import Justificatif
from services.deposit.parcours.store import Etape
from services.deposit.partenaire.store import RefusPartenaire

ETAPES_MAX = 100
# What notify says of a sending that its carrier took, and of which it reported nothing in time.
SANS_PREUVE = "SANS_PREUVE"
FAITS_MAX, ACTES_MAX = 200, 50
# Told elsewhere: each message in its own list, the joining by the number that opens the page.
MESSAGE, RATTACHE = "deposit.message.demande", "deposit.parcours.rattache"


@dataclass(frozen=True)
class Pas:
    """One step of a parcours: when, what (a subject), and the reference that the channel gave where it is known."""

    time: datetime | None
    jour: str
    subject: str
    reference: str


@dataclass(frozen=True)
class Parcours:
    """A person's whole way: her one identifier, the others that it took in, every step, the latest first."""

    parcours_id: str
    joints: tuple[str, ...]
    pas: tuple[Pas, ...]


def on_steps(given: Sequence[tuple[Message, Meta]]) -> None:
    """Other channels did something: kept under the parcours of the account when it is known whose it is."""
    steps = [
        {
            "_id": meta.event_id,
            "parcours_id": _joined(getattr(event, "usager_id", ""), meta.parcours),
            "subject": meta.subject,
            "aggregate": meta.aggregate,
            "message_id": getattr(event, "message_id", ""),
            "canal": getattr(event, "canal", 0),
            "jour_date": meta.day.isoformat(),
            "time": meta.time,
        }
        for event, meta in given
    ]
    mongo.insert_all_once(collection_of(Etape), steps)


def on_saisine_rouverte(event: ccc_pb2.SaisineRouverte, meta: Meta) -> None:
    """A ticket open again is a step of hers, and stops the clocks of its demande."""
    on_steps([(event, meta)])
    blocages.on_saisine_rouverte(event, meta)


def on_echec(event: notify_pb2.EnvoiEchoue, meta: Meta) -> None:
    """A sending that failed is a step of hers, and may be a blocage; silence of the carrier is no failure."""
    if event.cause != SANS_PREUVE:
        on_steps([(event, meta)])
    messages_perdus.on_echec(event, meta)


def on_rattache(event: events_pb2.ParcoursRattache, meta: Meta) -> None:
    """Two parcours are one person's: what is kept under the older one is read with the other."""
    # What stopped her before anybody knew who she was protects her dates from now on (DEP-25).
    for taker in join(event.ancien_parcours_id, event.parcours_id):
        blocages.protect_dates(taker)


def join(ancien: str, parcours_id: str) -> list[str]:
    """Takes `ancien` in, with all that it took in; returns every parcours that holds it now. A repeat changes nothing.

    The first write comes before the reading: of two joinings at once, the later one sees the other.
    """
    if ancien in ("", parcours_id):
        return []
    joints = collection_of(ParcoursJoint)
    joints.update_one({"_id": ancien}, {"$addToSet": {"parcours_ids": parcours_id}}, upsert=True)
    above = joints.find_one({"_id": parcours_id}) or {"parcours_ids": []}
    takers = [parcours_id, *(taker for taker in above["parcours_ids"] if taker != ancien)]
    theirs = {"$or": [{"_id": ancien}, {"parcours_ids": ancien}]}
    joints.update_many(theirs, {"$addToSet": {"parcours_ids": {"$each": takers}}})
    return takers


def of_person(usager_id: str, who: Who, *, prefecture: bool = False) -> Parcours:
    """The whole way of a person, for herself, her helper or an agent of hers; for a desk of her `prefecture`, without
    the tickets that she keeps from it (CCC-14). Raises Refused.
    """
    usager: Usager = personnes.access_personne(usager_id, who)
    joints = tuple(doc.id for doc in ParcoursJoint.objects(parcours_ids=usager.parcours_id).limit(ETAPES_MAX))
    every = [usager.parcours_id, *joints]
    tickets = list(SaisineConnue.objects(parcours_id__in=every).limit(ETAPES_MAX))
    kept = {s.id for s in tickets if prefecture and s.objection}
    found = [
        Pas(e.time, e.jour_date.isoformat(), e.subject, "")
        for e in Etape.objects(parcours_id__in=every).order_by("-time").limit(ETAPES_MAX)
        if e.aggregate not in kept
    ]
    own = [f for f in facts_of(usager, every) if f["subject"] not in (MESSAGE, RATTACHE)]
    found += [Pas(fact["time"], fact["day"], fact["subject"], "") for fact in own]
    found += [
        Pas(None, s.jour_date.isoformat() if s.jour_date else "", "ccc.saisine.ouverte", s.reference)
        for s in tickets
        if s.id not in kept
    ]
    found += [
        Pas(None, b.premiere_tentative_date.isoformat() if b.premiere_tentative_date else "", "blocage", b.reference)
        for b in BlocageConnu.objects(parcours_id__in=every).limit(ETAPES_MAX)
        if not (prefecture and b.objection)
    ]
    ordered = sorted(found, key=lambda step: (step.jour, step.time.isoformat() if step.time else ""), reverse=True)
    return Parcours(usager.parcours_id, joints, tuple(ordered[:ETAPES_MAX]))


def acts_on(usager_id: str, who: Who) -> list[dict[str, Any]]:
    """What was done by others than the person herself, most recent first: who, when, what (XCT-05, XCT-07)."""
    usager = acces.access_usager(usager_id, who)
    shown = [
        f
        for f in facts_of(usager, (usager.parcours_id,))
        if not f["by"].startswith(("usager:", "systeme")) and "message" not in f["subject"]
    ]
    return sorted(shown, key=lambda fact: fact["time"], reverse=True)[:ACTES_MAX]


def facts_of(usager: Usager, parcours: Sequence[str]) -> list[dict[str, Any]]:
    """The last facts under these parcours, and those of the person that are not sent yet, in no order (bounded)."""
    facts = mongo.database(ALIAS)["faits"].find(
        {"parcours": {"$in": list(parcours)}}, {"subject": 1, "payload": 1, "by": 1, "day": 1, "time": 1}
    )
    logged = list(facts.sort("time", -1).limit(FAITS_MAX))
    waiting = [
        doc
        for kept in (Demande, Echange, Mandat, RefusPartenaire, Justificatif)
        for doc in collection_of(kept).find({"usager_id": usager.id}, {"outbox": 1}).limit(ACTES_MAX)
    ]
    logged_ids = {fact["_id"] for fact in logged}
    unsent = [
        e for d in waiting for e in d.get("outbox", []) if e["kind"] == "fait" and e["event_id"] not in logged_ids
    ]
    return [*logged, *unsent]


def _joined(usager_id: str, parcours: str) -> str:
    """The parcours of the account for a step whose person is known; else the one under which it was done."""
    usager = Usager.objects(id=usager_id).only("parcours_id").first() if usager_id else None
    if usager is not None:
        join(parcours, usager.parcours_id)
        return str(usager.parcours_id)
    return parcours
