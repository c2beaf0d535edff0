"""Which facts notify handles, and the action of each."""

from __future__ import annotations

from chassis import directory, trials
from chassis.inbox import Handlers, Together
from sejour.contact.v1 import contact_pb2
from sejour.deposit.v1 import events_pb2 as deposit_pb2
from sejour.message.v1 import message_pb2
from services.notify.actions import contacts, together

_MESSAGES = Together(together.receive_messages)
_PREFECTURES = Together(contacts.receive_prefectures)

HANDLERS: Handlers = {
    **directory.handlers("notify"),
    "contact.>": (contact_pb2.Contact, Together(contacts.receive_contacts)),
    "deposit.message.demande": (message_pb2.MessageDemande, _MESSAGES),
    "ccc.message.demande": (message_pb2.MessageDemande, _MESSAGES),
    "pan.message.demande": (message_pb2.MessageDemande, _MESSAGES),
    "substitution.message.demande": (message_pb2.MessageDemande, _MESSAGES),
    "deposit.demande.deposee": (deposit_pb2.DemandeDeposee, _PREFECTURES),
    "deposit.demande.transferee": (deposit_pb2.DemandeTransferee, _PREFECTURES),
    "deposit.experimentation.modifiee": (deposit_pb2.ExperimentationModifiee, trials.learn_as("notify")),
    "deposit.parcours.rattache": (deposit_pb2.ParcoursRattache, contacts.receive_rattachement),
}
