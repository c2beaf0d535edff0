"""What the other services ask: the sendings of a parcours, and withdrawing a message that has not left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis import directory, rpc
from chassis.settings import Settings
from sejour.notify.v1 import notify_pb2, notify_pb2_grpc
from services.notify.actions import a_dire, agents, consultation, contacts
from services.notify.actions.consultation import Envoi

NAME = "sejour.notify.v1.NotifyService"
ALLOWED: Mapping[str, frozenset[str]] = {
    f"/{NAME}/ListEnvois": frozenset({"deposit", "ccc", "pan", "substitution"}),
    f"/{NAME}/AnnulerMessage": frozenset({"deposit", "ccc", "pan", "substitution"}),
    f"/{NAME}/ListADire": frozenset({"pan"}),
    f"/{NAME}/LireADire": frozenset({"pan"}),
    f"/{NAME}/NoterDit": frozenset({"pan"}),
}
# Subject of a fact of ours -> who may read it in our log: those that handle it.
READERS = {
    **directory.readers("notify"),
    "notify.envoi.delivre": frozenset({"ccc"}),
    "notify.envoi.echec": frozenset({"deposit"}),
    "notify.envoi.lu": frozenset({"ccc", "deposit"}),
    "notify.envoi.remis": frozenset({"ccc", "deposit"}),
    "notify.message.non_lu": frozenset({"pan"}),
    "notify.message.non_recu": frozenset({"ccc", "deposit", "pan"}),
}


class Notify(notify_pb2_grpc.NotifyServiceServicer):
    """Message in, action, message out."""

    def ListEnvois(self, request: notify_pb2.ListEnvoisRequest, context: Any) -> notify_pb2.ListEnvoisResponse:
        """The sendings of a parcours, or of some messages, most recent first."""
        named = list(request.message_ids)
        found = consultation.envois_of(named) if named else consultation.envois_of_parcours(request.parcours_id)
        return notify_pb2.ListEnvoisResponse(envois=[_envoi(envoi) for envoi in found])

    def AnnulerMessage(
        self, request: notify_pb2.AnnulerMessageRequest, context: Any
    ) -> notify_pb2.AnnulerMessageResponse:
        """Withdraws what has not left; the calling service has judged who asks."""
        done = agents.cancel(request.message_id, request.motif, _by(), request_id=request.request_id)
        return notify_pb2.AnnulerMessageResponse(annule=done)

    def ListADire(self, request: notify_pb2.ListADireRequest, context: Any) -> notify_pb2.ListADireResponse:
        """What a reception point has to tell, without the words; pan has judged which agent asks."""
        messages = [
            notify_pb2.ADire(
                envoi_id=envoi.id,
                nom=contact.nom,
                telephone=contact.telephone,
                depuis_time=envoi.cree_time.isoformat(),
                echeance_date=envoi.echeance_date.isoformat() if envoi.echeance_date else "",
            )
            for envoi, contact in a_dire.of_lieu(request.lieu_id)
        ]
        return notify_pb2.ListADireResponse(messages=messages)

    def LireADire(self, request: notify_pb2.LireADireRequest, context: Any) -> notify_pb2.LireADireResponse:
        """The words, once the agent says how he knows that it is she."""
        said = (request.papier, request.nom, request.reponse)
        objet, corps = a_dire.read(request.envoi_id, request.lieu_id, said, by=_by())
        return notify_pb2.LireADireResponse(objet=objet, corps=corps)

    def NoterDit(self, request: notify_pb2.NoterDitRequest, context: Any) -> notify_pb2.NoterDitResponse:
        """How the telling ended."""
        noted = a_dire.note(request.envoi_id, request.lieu_id, dit=request.dit, by=_by())
        return notify_pb2.NoterDitResponse(note=noted)


def add_servicers(server: Any, settings: Settings) -> tuple[str, ...]:
    """Registers on the server; returns the full names."""
    notify_pb2_grpc.add_NotifyServiceServicer_to_server(Notify(), server)
    return (NAME,)


def _by() -> str:
    """The agent for whom the calling service acts, else that service."""
    caller = rpc.caller()
    return caller.subject or f"service:{caller.service}"


def _envoi(envoi: Envoi) -> notify_pb2.Envoi:
    reached = envoi.lu_time or envoi.echec_time or envoi.delivre_time or envoi.remis_time or envoi.cree_time
    return notify_pb2.Envoi(
        envoi_id=envoi.id,
        message_id=envoi.message_id,
        modele=envoi.modele,
        canal=contacts.NUMBER_OF_CANAL[envoi.canal],
        state=envoi.state,
        state_time=reached.isoformat(),
        remis_time=envoi.remis_time.isoformat() if envoi.remis_time else "",
    )
