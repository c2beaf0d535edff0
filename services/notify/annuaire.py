"""A contact whose fact never came (the broker's store was lost): asked again of the service that met the person."""

from __future__ import annotations

from chassis import logs
from chassis.rpc import Client
from droit.decision import Genre, Refused
from sejour.contact.v1 import contact_pb2, service_pb2

GET_CONTACT = "sejour.contact.v1.ContactService/GetContact"
DEPOSIT, NOTIFY = "deposit", "notify"


class Annuaire:
    """Asks by gRPC, with the token of this service; a silence is no answer, and is asked again later."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def find(self, source: str, contact_id: str) -> tuple[str, contact_pb2.Contact] | None:
        """The contact known to the service that asked for the message, else to deposit, and which of the two answered;
        None when neither knows it.
        """
        request = service_pb2.GetContactRequest(contact_id=contact_id)
        for target in dict.fromkeys((source, DEPOSIT)):
            if target == NOTIFY:
                continue
            try:
                found: contact_pb2.Contact = self._client.call(
                    target, GET_CONTACT, request, service_pb2.GetContactResponse
                ).contact
            except Refused as refused:
                if refused.motif.genre != Genre.INTROUVABLE:
                    logs.get().info("annuaire.muet", target=target, reason=refused.motif.code)
                continue
            if found.contact_id == contact_id:
                return target, found
        return None
