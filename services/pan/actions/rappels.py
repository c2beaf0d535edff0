"""People helped to file are not lost sight of: a message that reached one by no way is a call for the desk (PAN-13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chassis import clock, outbox
from chassis.inbox import Meta
from chassis.mongo import find
from chassis.web.who import Who
from sejour.notify.v1.events_pb2 import MessageNonLu, MessageNonRecu
from services.pan.actions import acces, reparations
from services.pan.rules import acces as rules
from services.pan.rules import depots as depot_rules
from services.pan.store import Depot, Visite

LINES = 100
NON_LU = "Elle n’a pas ouvert ce que la préfecture lui a envoyé"
NON_RECU = "Un message ne lui est arrivé par aucun moyen"
REFUSE = "Le téléservice a refusé ce qui était demandé pour elle"


def message_non_lu(event: MessageNonLu, meta: Meta) -> None:
    """Notes that nobody opened a message about a demande filed here: she is called, whatever else is tried."""
    found = find(Depot, demande_id=event.demande_id) if event.demande_id else None
    if found is not None and found.accompagne:
        _remember(found.id, event.message_id, event.modele, request_id=meta.event_id, lu=False)


def message_non_recu(event: MessageNonRecu, meta: Meta) -> None:
    """Notes that a message about a demande filed here reached the person by no way."""
    if not event.demande_id:
        return
    found = find(Depot, demande_id=event.demande_id)
    if found is not None and found.accompagne:
        _remember(found.id, event.message_id, event.modele, request_id=meta.event_id)


@outbox.retry_conflicts
def _remember(depot_id: str, message_id: str, modele: str, *, request_id: str, lu: bool = True) -> None:
    depot: Depot = Depot.objects(id=depot_id).first()
    message_ids = {kept["message_id"] for kept in depot.rappels}
    if outbox.already(depot, request_id) or message_id in message_ids:
        return
    kept = {"message_id": message_id, "modele": modele, "jour": clock.today().isoformat(), "non_lu": not lu}
    depot.rappels.append(kept)
    depot.rappel_date = depot.rappel_date or clock.today()
    outbox.update(depot, request_id=request_id)


@dataclass(frozen=True)
class Rappel:
    """A person to call back after a visit: why, since when; `depot_id` where it is about what was filed for her."""

    nom: str
    telephone: str
    objet: str
    raison: str
    depuis: date
    visite_id: str
    depot_id: str = ""


def to_call(lieu_id: str, who: Who) -> list[Rappel]:
    """The persons to call back at this place, the longest waiting first."""
    acces.access_lieu(lieu_id, who, rules.LIRE)
    waiting = {"lieu_id": lieu_id, "rappel_date__gt": ""}
    kept = ("identite", "libelle", "state", "rappel_date", "visite_id", "rappels")
    depots = Depot.objects(**waiting).only(*kept).order_by("rappel_date").limit(LINES)
    seen = ("nom", "prenoms", "telephone", "reparations", "rappel_date")
    visites = Visite.objects(**waiting).only(*seen).order_by("rappel_date").limit(LINES)
    lines = [*map(_of_depot, depots), *map(_of_visit, visites)]
    return sorted(lines, key=lambda line: line.depuis)[:LINES]


def _of_depot(depot: Depot) -> Rappel:
    who = depot.identite
    last = depot.rappels[-1] if depot.rappels else {}
    raison = NON_LU if last.get("non_lu") else NON_RECU
    raison = REFUSE if depot.state == depot_rules.REFUSE else raison
    name = f"{who.get('prenoms', '')} {who['nom']}".strip()
    return Rappel(name, who.get("telephone", ""), depot.libelle, raison, depot.rappel_date, depot.visite_id, depot.id)


def _of_visit(visite: Visite) -> Rappel:
    refused = [kept["acte"] for kept in visite.reparations if kept["state"] == reparations.REFUSE]
    name = f"{visite.prenoms} {visite.nom}".strip()
    objet = reparations.ACTES[refused[-1]] if refused else ""
    return Rappel(name, visite.telephone, objet, REFUSE, visite.rappel_date, visite.id)


def of_depot(depot: Depot) -> list[tuple[date, date | None]]:
    """What she did not read or receive about this dossier: the day it was known, and the day she was called."""
    days = [(kept["jour"], kept.get("rappele", "")) for kept in depot.rappels]
    return [(date.fromisoformat(said), date.fromisoformat(call) if call else None) for said, call in days]


@outbox.retry_conflicts
def called_after(visite_id: str, who: Who, *, request_id: str) -> Visite:
    """The person of a visit was called after an act refused: the line leaves the list, the act stays on the visit."""
    visite = acces.access_visite(visite_id, who, rules.ACCUEILLIR)
    if outbox.already(visite, request_id) or visite.rappel_date is None:
        return visite
    visite.rappel_date = None
    return outbox.update(visite, request_id=request_id)


@outbox.retry_conflicts
def called(depot_id: str, who: Who, *, request_id: str) -> Depot:
    """The person was called: the line leaves the list and stays in the history of the dossier."""
    depot = find(Depot, id=depot_id)
    if depot is None:
        acces.access_depot(depot_id, who)
    assert depot is not None
    acces.require_act(who, rules.ACCUEILLIR, depot.prefecture)
    if outbox.already(depot, request_id) or depot.rappel_date is None:
        return depot
    depot.rappels = [{**kept, "rappele": kept.get("rappele", clock.today().isoformat())} for kept in depot.rappels]
    depot.rappel_date = None
    return outbox.update(depot, request_id=request_id)
