"""The servicer that gives a contact back to notify when its fact was lost with the broker's store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import grpc
from google.protobuf.message import Message

from droit.decision import Genre, Motif, Refused
from sejour.contact.v1 import contact_pb2, service_pb2, service_pb2_grpc

NAME = "sejour.contact.v1.ContactService"
ALLOWED: Mapping[str, frozenset[str]] = {f"/{NAME}/GetContact": frozenset({"notify"})}
CONTACT_INCONNU = Motif(
    "CONTACT_INCONNU",
    "regle-du-service",
    "Ce service ne connaît pas cette personne.",
    "Demandez-le au service qui l’a rencontrée.",
    Genre.INTROUVABLE,
)

# Contact identifier -> the contact as the service's own documents give it now, or None.
Find = Callable[[str], Message | None]


class ContactServicer(service_pb2_grpc.ContactServiceServicer):
    """Answers from what one service knows of its people: message → question → message."""

    def __init__(self, find: Find) -> None:
        self._find = find

    def GetContact(self, request: Any, context: grpc.ServicerContext) -> service_pb2.GetContactResponse:
        found = self._find(request.contact_id)
        if not isinstance(found, contact_pb2.Contact):
            raise Refused(CONTACT_INCONNU)
        return service_pb2.GetContactResponse(contact=found)


def serve(server: grpc.Server, find: Find) -> str:
    """Registers on the server of a service; returns the full name."""
    service_pb2_grpc.add_ContactServiceServicer_to_server(ContactServicer(find), server)
    return NAME
