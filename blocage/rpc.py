"""The servicer by which other services change the blocages of the one that recorded them."""

from __future__ import annotations

from typing import Any

import grpc

from blocage import actions
from blocage.store import BlocageBase
from chassis.rpc import caller
from sejour.blocage.v1 import service_pb2, service_pb2_grpc

NAME = "sejour.blocage.v1.BlocageService"


def allowed(service: str) -> dict[str, frozenset[str]]:
    """Who may change a blocage recorded by `service`: the contact centre, the routes, the reception points, deposit."""
    others = frozenset({"deposit", "ccc", "pan", "substitution"} - {service})
    return {f"/{NAME}/{verb}": others for verb in ("Diagnostiquer", "Lever", "Attester", "OuvrirVoie", "Resoudre")}


class BlocageServicer(service_pb2_grpc.BlocageServiceServicer):
    """Answers for the blocages of one service: message → action → message."""

    def __init__(self, document: type[BlocageBase]) -> None:
        self._document = document

    def Diagnostiquer(self, request: Any, context: grpc.ServicerContext) -> service_pb2.DiagnostiquerResponse:
        done = actions.diagnose(
            self._document, request.blocage_id, request.anomalie_code, by=_by(), request_id=request.request_id
        )
        return service_pb2.DiagnostiquerResponse(state=done.state)

    def Lever(self, request: Any, context: grpc.ServicerContext) -> service_pb2.LeverResponse:
        done = actions.lift(self._document, request.blocage_id, by=_by(), request_id=request.request_id)
        return service_pb2.LeverResponse(state=done.state)

    def Attester(self, request: Any, context: grpc.ServicerContext) -> service_pb2.AttesterResponse:
        done = actions.attest(
            self._document,
            request.blocage_id,
            request.attestation_numero,
            automatique=request.automatique,
            by=_by(),
            request_id=request.request_id,
        )
        return service_pb2.AttesterResponse(state=done.state)

    def OuvrirVoie(self, request: Any, context: grpc.ServicerContext) -> service_pb2.OuvrirVoieResponse:
        done = actions.open_voie(
            self._document, request.blocage_id, request.voie_id, by=_by(), request_id=request.request_id
        )
        return service_pb2.OuvrirVoieResponse(state=done.state)

    def Resoudre(self, request: Any, context: grpc.ServicerContext) -> service_pb2.ResoudreResponse:
        done = actions.resolve(self._document, request.blocage_id, by=_by(), request_id=request.request_id)
        return service_pb2.ResoudreResponse(state=done.state)


def _by() -> str:
    who = caller()
    return who.subject or f"service:{who.service}"
