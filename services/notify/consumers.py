"""Which facts notify handles, and the action of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from sejour.contact.v1 import contact_pb2
from sejour.deposit.v1 import events_pb2 as deposit_pb2
from sejour.message.v1 import message_pb2
from services.notify.actions import contacts, planification

Handler = tuple[type[Message], Callable[[Any, Any], object]]
CONTACTS = "contact."


class Subjects(dict[str, Handler]):
    """A table of subjects in which `contact.>` stands for every contact: each person has a subject of her own."""

    def get(self, subject: str, default: Any = None) -> Any:
        """The handler of this subject."""
        return super().get(f"{CONTACTS}>" if subject.startswith(CONTACTS) else subject, default)


HANDLERS: dict[str, Handler] = Subjects(
    {
        "contact.>": (contact_pb2.Contact, contacts.receive_contact),
        "deposit.message.demande": (message_pb2.MessageDemande, planification.receive_message),
        "ccc.message.demande": (message_pb2.MessageDemande, planification.receive_message),
        "pan.message.demande": (message_pb2.MessageDemande, planification.receive_message),
        "substitution.message.demande": (message_pb2.MessageDemande, planification.receive_message),
        "deposit.demande.deposee": (deposit_pb2.DemandeDeposee, contacts.receive_prefecture),
        "deposit.demande.transferee": (deposit_pb2.DemandeTransferee, contacts.receive_prefecture),
        "deposit.parcours.rattache": (deposit_pb2.ParcoursRattache, contacts.receive_rattachement),
    }
)
