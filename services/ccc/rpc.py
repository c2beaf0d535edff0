"""The servicer of ccc: message → action → message."""

from __future__ import annotations

from typing import Any

import grpc

from blocage import rpc as blocage_rpc
from chassis import contacts as contacts_rpc
from chassis import directory
from chassis.rpc import caller
from chassis.settings import Settings
from chassis.web.who import AGENT, SERVICE, Who
from sejour.blocage.v1 import service_pb2_grpc
from sejour.ccc.v1 import ccc_pb2, ccc_pb2_grpc
from services.ccc.actions import anomalies, contacts, file_attente, saisines
from services.ccc.actions.blocages import Blocage
from services.ccc.rules import etats

NAME = "sejour.ccc.v1.CccService"
_OTHERS = frozenset({"deposit", "pan", "substitution"})

ALLOWED = {
    f"/{NAME}/OuvrirSaisine": _OTHERS,
    f"/{NAME}/ListSaisines": _OTHERS,
    f"/{NAME}/ListAnomalies": _OTHERS,
    **contacts_rpc.ALLOWED,
    **blocage_rpc.allowed("ccc"),
}
# Subject of a fact of ours -> who may read it in our log: those that handle it.
READERS = {
    **directory.readers("ccc"),
    "ccc.blocage.atteste": frozenset({"substitution"}),
    "ccc.blocage.constate": frozenset({"deposit", "substitution"}),
    "ccc.blocage.leve": frozenset({"ccc", "deposit", "substitution"}),
    "ccc.blocage.resolu": frozenset({"ccc", "deposit", "substitution"}),
    "ccc.message.demande": frozenset({"notify"}),
    "ccc.saisine.close": frozenset({"deposit", "pan"}),
    "ccc.saisine.ouverte": frozenset({"deposit", "pan"}),
    "ccc.saisine.repondue": frozenset({"deposit", "pan"}),
    "ccc.saisine.rouverte": frozenset({"deposit"}),
}
# Found by an agent of another channel beside the person: for those who treat what was not solved.
NIVEAU_CANAL = 2


class CccServicer(ccc_pb2_grpc.CccServiceServicer):
    """What the other channels ask."""

    def OuvrirSaisine(self, request: Any, context: grpc.ServicerContext) -> ccc_pb2.OuvrirSaisineResponse:
        asked = saisines.Ouverture(
            canal=etats.AUTRE_CANAL,
            precis=request.precis or "Blocage transmis par un autre service, sans récit.",
            categorie=etats.TELEPROCEDURE,
            prefecture=request.prefecture,
            parcours_id=request.parcours_id,
            usager_id=request.usager_id,
            demande_id=request.demande_id,
            demande_reference=request.demande_reference,
            blocage_id=request.blocage_id,
            niveau=NIVEAU_CANAL,
            premiere=True,
        )
        saisine = saisines.open_saisine(asked, _who(), request_id=request.request_id)
        return ccc_pb2.OuvrirSaisineResponse(saisine_id=saisine.id, reference=saisine.reference)

    def ListSaisines(self, request: Any, context: grpc.ServicerContext) -> ccc_pb2.ListSaisinesResponse:
        return ccc_pb2.ListSaisinesResponse(
            saisines=[
                ccc_pb2.Saisine(
                    saisine_id=saisine.id,
                    reference=saisine.reference,
                    state=saisine.state,
                    categorie=saisine.categorie,
                    ouverture_date=saisine.ouverture_date.isoformat(),
                )
                for saisine in (
                    file_attente.of_parcours(request.parcours_id)
                    if request.parcours_id
                    else file_attente.of_person(request.nom, request.naissance_date)
                )
            ]
        )

    def ListAnomalies(self, request: Any, context: grpc.ServicerContext) -> ccc_pb2.ListAnomaliesResponse:
        return ccc_pb2.ListAnomaliesResponse(
            anomalies=[
                ccc_pb2.Anomalie(
                    code=anomalie.code,
                    titre=anomalie.titre,
                    state=anomalie.state,
                    depuis_date=anomalie.depuis_date.isoformat(),
                    contournement=anomalie.contournement,
                    plan=anomalie.plan,
                )
                for anomalie in anomalies.unsolved()
            ]
        )


def add_servicers(server: grpc.Server, settings: Settings) -> tuple[str, ...]:
    """Registers what ccc serves."""
    ccc_pb2_grpc.add_CccServiceServicer_to_server(CccServicer(), server)
    service_pb2_grpc.add_BlocageServiceServicer_to_server(blocage_rpc.BlocageServicer(Blocage), server)
    return NAME, blocage_rpc.NAME, contacts_rpc.serve(server, contacts.of_person)


def _who() -> Who:
    who = caller()
    return Who(kind=AGENT, id=who.subject.removeprefix("agent:")) if who.subject else Who(kind=SERVICE, id=who.service)
