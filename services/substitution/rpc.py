"""The servicer of substitution: message → action → message."""

from __future__ import annotations

from typing import Any

import grpc

from blocage import rpc as blocage_rpc
from chassis import contacts as contacts_rpc
from chassis import directory
from chassis.rpc import caller
from sejour.blocage.v1 import service_pb2_grpc
from sejour.substitution.v1 import substitution_pb2, substitution_pb2_grpc
from services.substitution.actions import blocages, ouvertures, prefectures, voies

NAME = "sejour.substitution.v1.SubstitutionService"

ALLOWED = {
    f"/{NAME}/OuvrirVoie": frozenset({"deposit", "ccc", "pan"}),
    f"/{NAME}/GetModalites": frozenset({"deposit", "ccc", "pan", "notify"}),
    **contacts_rpc.ALLOWED,
    **blocage_rpc.allowed("substitution"),
}
# Subject of a fact of ours -> who may read it in our log: those that handle it.
READERS = {
    **directory.readers("substitution"),
    "substitution.blocage.atteste": frozenset({"substitution"}),
    "substitution.blocage.constate": frozenset({"ccc", "deposit", "substitution"}),
    "substitution.blocage.leve": frozenset({"deposit", "substitution"}),
    "substitution.blocage.resolu": frozenset({"deposit", "substitution"}),
    "substitution.convocation.emise": frozenset({"deposit"}),
    "substitution.dossier.recu": frozenset({"deposit"}),
    "substitution.message.demande": frozenset({"notify"}),
    "substitution.panne.declaree": frozenset({"deposit"}),
    "substitution.panne.terminee": frozenset({"deposit"}),
    "substitution.prefecture.modifiee": frozenset({"ccc", "deposit", "pan"}),
    "substitution.voie.aboutie": frozenset({"deposit", "substitution"}),
    "substitution.voie.ouverte": frozenset({"ccc", "deposit", "substitution"}),
    "substitution.voie.refusee": frozenset({"deposit"}),
}


class SubstitutionServicer(substitution_pb2_grpc.SubstitutionServiceServicer):
    """What the other channels ask."""

    def OuvrirVoie(self, request: Any, context: grpc.ServicerContext) -> substitution_pb2.OuvrirVoieResponse:
        who = caller()
        voie = ouvertures.open_for_service(request, who.service, who.subject or f"service:{who.service}")
        return substitution_pb2.OuvrirVoieResponse(
            voie_id=voie.id, reference=voie.reference, convocation_numero=voie.convocation_numero
        )

    def GetModalites(self, request: Any, context: grpc.ServicerContext) -> substitution_pb2.GetModalitesResponse:
        ways = prefectures.modalites(request.prefecture)
        return substitution_pb2.GetModalitesResponse(
            prefecture=ways.code,
            regles_json=ways.regles,
            depuis_date=ways.depuis.isoformat() if ways.depuis else "",
        )


def add_servicers(server: grpc.Server) -> tuple[str, ...]:
    """Registers what substitution serves."""
    substitution_pb2_grpc.add_SubstitutionServiceServicer_to_server(SubstitutionServicer(), server)
    service_pb2_grpc.add_BlocageServiceServicer_to_server(blocage_rpc.BlocageServicer(blocages.DOCUMENT), server)
    return NAME, blocage_rpc.NAME, contacts_rpc.serve(server, voies.contact_of)
