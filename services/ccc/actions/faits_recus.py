"""What other services tell: a demande was filed or decided, a route is open, a reply arrived."""

from __future__ import annotations

from collections.abc import Sequence

from chassis import outbox
from chassis.inbox import Meta
from chassis.mongo import collection_of, find
from personne import protegee
from sejour.blocage.v1 import blocage_pb2
from sejour.deposit.v1 import events_pb2 as deposit_pb2
from sejour.notify.v1 import events_pb2 as notify_pb2
from sejour.substitution.v1 import events_pb2 as substitution_pb2
from services.ccc.actions import blocages, prefectures
from services.ccc.rules import etats
from services.ccc.store import Message, PersonneProtegee, Saisine

# Further is not undone by what comes late: read is more than delivered, delivered more than handed over.
REMISES = ("remis", "delivre", "lu")


def on_prefecture_modifiee(event: substitution_pb2.PrefectureModifiee, meta: Meta) -> None:
    """The ways of a préfecture, from a day on."""
    prefectures.remember(event, meta)


def on_demandes_deposees(given: Sequence[tuple[deposit_pb2.DemandeDeposee, Meta]]) -> None:
    """These persons have filed: what had kept them from it is over."""
    blocages.resolve_for([(event, meta.time) for event, meta in given], by="systeme")


def on_demande_transferee(event: deposit_pb2.DemandeTransferee, meta: Meta) -> None:
    """The demande went to another préfecture: an open ticket about it is that préfecture's to read (DEP-43)."""
    opened = Saisine.objects(usager_id=event.usager_id, state__ne=etats.CLOSE).limit(50) if event.usager_id else ()
    for saisine in opened:
        about = saisine.demande_id == event.demande_id or saisine.demande_reference == event.reference
        if about and saisine.prefecture:
            _follow(saisine.id, event.prefecture, meta.event_id)


@outbox.retry_conflicts
def _follow(saisine_id: str, prefecture: str, event_id: str) -> None:
    saisine: Saisine = Saisine.objects(id=saisine_id).first()
    if not outbox.already(saisine, event_id):
        saisine.prefecture = prefecture
        outbox.update(saisine, request_id=event_id)


@outbox.retry_conflicts
def on_voie_ouverte(event: substitution_pb2.VoieOuverte, meta: Meta) -> None:
    """The ticket shows the route that its blockage opened."""
    if not event.blocage_id:
        return
    saisine = find(Saisine, blocage_id=event.blocage_id)
    if saisine is not None and not saisine.voie_id:
        saisine.voie_id = event.voie_id
        outbox.update(saisine, request_id=f"voie:{event.voie_id}")


@outbox.retry_conflicts
def on_blocage_leve(event: blocage_pb2.BlocageLeve, meta: Meta) -> None:
    """A blockage lifted by another service is lifted on its ticket: the system no longer attests it."""
    saisine = find(Saisine, blocage_id=event.blocage_id)
    if saisine is not None and not saisine.leve:
        saisine.leve = True
        outbox.update(saisine, request_id=f"leve:{event.blocage_id}")


@outbox.retry_conflicts
def on_blocage_resolu(event: blocage_pb2.BlocageResolu, meta: Meta) -> None:
    """The person could do the act, by one way or another."""
    saisine = find(Saisine, blocage_id=event.blocage_id)
    if saisine is not None and not saisine.leve:
        saisine.leve = True
        outbox.update(saisine, request_id=f"resolu:{event.blocage_id}")


def on_remis(event: notify_pb2.EnvoiRemis, meta: Meta) -> None:
    """The carrier took the reply."""
    _mark(event.message_id, "remis")


def on_delivre(event: notify_pb2.EnvoiDelivre, meta: Meta) -> None:
    """The reply reached the person."""
    _mark(event.message_id, "delivre")


def on_lu(event: notify_pb2.EnvoiLu, meta: Meta) -> None:
    """The reply was read."""
    _mark(event.message_id, "lu")


def on_non_recu(event: notify_pb2.MessageNonRecu, meta: Meta) -> None:
    """No way reached the person: the agent sees it on the ticket."""
    _mark(event.message_id, "non_recu")


def _mark(message_id: str, remise: str) -> None:
    after = REMISES[REMISES.index(remise) :] if remise in REMISES else REMISES[1:]
    collection_of(Message).update_one(
        {"message_id": {"$eq": message_id, "$gt": ""}, "remise": {"$nin": list(after)}}, {"$set": {"remise": remise}}
    )


def on_compte_modifie(event: deposit_pb2.CompteModifie, meta: Meta) -> None:
    """Learns who is protected: what she gave is then hidden here too (DEP-08)."""
    protegee.project(PersonneProtegee, event, meta)
