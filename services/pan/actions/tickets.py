"""A failure met during help opens a ticket of high priority at the contact centre, kept until it answers (PAN-09)."""

from __future__ import annotations

from chassis import clock, outbox
from chassis.commands import Answer
from chassis.inbox import Meta
from chassis.mongo import find
from chassis.outbox import Command
from chassis.web.who import Who
from personne.reference import read_reference
from sejour.ccc.v1 import ccc_pb2, events_pb2
from services.pan import inputs
from services.pan.actions import acces
from services.pan.rules import acces as acces_rules
from services.pan.store import Visite

METHOD = "sejour.ccc.v1.CccService/OuvrirSaisine"
EN_ATTENTE, OUVERTE, REFUSEE = "EN_ATTENTE", "OUVERTE", "REFUSEE"
# What the contact centre did with it, as the desk reads it.
REPONDUE, CLOSE = "REPONDUE", "CLOSE"


@outbox.retry_conflicts
def open_saisine(visite_id: str, said: inputs.Saisine, who: Who, *, request_id: str) -> Visite:
    """Asks the contact centre to act, agent to agent: the person is sent nowhere and leaves with her papers."""
    visite = acces.access_visite(visite_id, who, acces_rules.SAISIR)
    if outbox.already(visite, request_id) or visite.saisine:
        return visite
    request = ccc_pb2.OuvrirSaisineRequest(
        request_id=f"pan-saisine-{visite.id}",
        parcours_id=visite.parcours_id,
        usager_id=visite.usager_id,
        prefecture=visite.prefecture,
        precis=said.precis,
        demande_reference=read_reference(said.demande, "D") if said.demande else "",
        blocage_id=visite.blocage_id,
    )
    saisine = {"state": EN_ATTENTE, "demande_date": clock.today().isoformat(), "reference": ""}
    visite.saisine = saisine
    return outbox.update(
        visite, Command("ccc", METHOD, request, request.request_id, on_behalf=who.subject), request_id=request_id
    )


@outbox.retry_conflicts
def note_answer(answer: Answer) -> None:
    """Keeps the number of the ticket, or the reason why there is none."""
    visite = find(Visite, id=answer.aggregate)
    if visite is None or visite.saisine.get("state") != EN_ATTENTE:
        return
    kept = dict(visite.saisine)
    if answer.motif is not None:
        kept |= {"state": REFUSEE, "phrase": answer.motif.phrase}
    elif isinstance(answer.response, ccc_pb2.OuvrirSaisineResponse):
        kept |= {"state": OUVERTE, "reference": answer.response.reference, "id": answer.response.saisine_id}
    visite.saisine = kept
    outbox.update(visite)


def on_repondue(event: events_pb2.SaisineRepondue, meta: Meta) -> None:
    """The contact centre answered the ticket of a visit: the desk that asked sees it."""
    _note_result(event.saisine_id, REPONDUE, meta)


def on_close(event: events_pb2.SaisineClose, meta: Meta) -> None:
    """The contact centre ended the ticket of a visit."""
    _note_result(event.saisine_id, CLOSE, meta)


@outbox.retry_conflicts
def _note_result(saisine_id: str, resultat: str, meta: Meta) -> None:
    visite: Visite | None = Visite.objects(__raw__={"saisine.id": saisine_id}).first()
    if visite is None or visite.saisine.get("resultat") in (resultat, CLOSE):
        return
    visite.saisine = {**visite.saisine, "resultat": resultat, "resultat_date": meta.day.isoformat()}
    outbox.update(visite)
