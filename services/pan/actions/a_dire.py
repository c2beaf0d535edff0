"""What is sent to persons who named this place as their contact: an agent reads it to them and notes it (DEP-09)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chassis import clock, outbox
from chassis.outbox import Command
from chassis.web.who import Who
from droit.decision import Genre, Refused
from sejour.notify.v1 import notify_pb2
from services.pan import inputs
from services.pan.actions import acces
from services.pan.cadre import cadre
from services.pan.rules import acces as rules
from services.pan.store import Dit

NAME = "sejour.notify.v1.NotifyService"
NOTER = f"{NAME}/NoterDit"


@dataclass(frozen=True)
class Attente:
    """One message to tell: to whom, since when, before which day."""

    envoi_id: str
    nom: str
    telephone: str
    depuis: datetime
    echeance: date | None


def of_lieu(lieu_id: str, who: Who) -> Sequence[Attente] | None:
    """What is to be told here, what ends first before the others; None when notify did not answer."""
    acces.access_lieu(lieu_id, who, rules.LIRE)
    if not rules.may(who.roles, rules.ACCUEILLIR, in_scope=True).accepted:
        return ()
    try:
        request = notify_pb2.ListADireRequest(lieu_id=lieu_id)
        found = cadre().client.call("notify", f"{NAME}/ListADire", request, notify_pb2.ListADireResponse)
    except Refused as refused:
        if refused.motif.genre in (Genre.INDISPONIBLE, Genre.TROP):
            return None
        raise
    told = {dit.id for dit in Dit.objects(id__in=[message.envoi_id for message in found.messages]).only("id")}
    return [
        Attente(
            message.envoi_id,
            message.nom,
            message.telephone,
            datetime.fromisoformat(message.depuis_time),
            date.fromisoformat(message.echeance_date) if message.echeance_date else None,
        )
        for message in found.messages
        if message.envoi_id not in told
    ]


def read(lieu_id: str, envoi_id: str, said: inputs.Interlocuteur, who: Who) -> tuple[str, str]:
    """The subject and the words, once the agent says how he knows that it is she. Raises Refused."""
    acces.access_lieu(lieu_id, who, rules.ACCUEILLIR)
    client = cadre().client
    request = notify_pb2.LireADireRequest(
        envoi_id=envoi_id, lieu_id=lieu_id, papier=said.papier, nom=said.nom, reponse=said.reponse
    )
    behalf = client.on_behalf_of("notify", who.subject)
    found = client.call("notify", f"{NAME}/LireADire", request, notify_pb2.LireADireResponse, on_behalf=behalf)
    return found.objet, found.corps


def note(lieu_id: str, envoi_id: str, said: inputs.Dit, who: Who, *, request_id: str) -> Dit:
    """Told, or not reached: kept here and noted by notify, which then tries another way."""
    lieu = acces.access_lieu(lieu_id, who, rules.ACCUEILLIR)
    made = Dit(
        id=envoi_id,
        parcours_id=lieu_id,
        lieu_id=lieu_id,
        prefecture=lieu.prefecture,
        dit=said.issue == "dit",
        par=who.id,
        dit_date=clock.today(),
    )
    asked = notify_pb2.NoterDitRequest(request_id=envoi_id, envoi_id=envoi_id, lieu_id=lieu_id, dit=made.dit)
    command = Command("notify", NOTER, asked, envoi_id, on_behalf=who.subject)
    return outbox.insert(made, command, request_id=request_id)


def note_answer(answer: object) -> None:
    """notify has noted it, or it waited no more: nothing is left to do here."""
