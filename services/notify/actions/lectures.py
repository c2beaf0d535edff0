"""Whether a message to who was accompanied was opened: unread, it also goes by post or telephone, and her PAN calls."""

from __future__ import annotations

from datetime import date, timedelta

from chassis import clock, due, outbox
from chassis.mongo import find
from chassis.outbox import Fact
from droit.catalogue import catalogue
from droit.dates import Position
from sejour.notify.v1 import events_pb2
from services.notify import rules, store
from services.notify.actions import contacts
from services.notify.store import Message
from services.notify.store.watch import announce_work


def last_day(asked: date) -> date:
    """The day on which a message of this day that nobody opened goes by another way."""
    return asked + timedelta(days=catalogue().national.number("P-LECTURE", asked, Position.RECOMMANDATION))


@outbox.retry_conflicts
def follow_unread(message_id: str, due_day: date, today: date) -> None:
    """What nobody opened on a screen goes by post or telephone too, and pan is told (PAN-13)."""
    message = find(Message, id=message_id)
    if message is None:
        return
    due.plan(message, lecture=None)
    sent = [envoi for envoi in store.envois_of([message_id]) if envoi.essai == message.tour]
    on_screen = any(envoi.canal in rules.IMMEDIATS for envoi in sent)
    if message.state != rules.PLANIFIE or not on_screen or any(envoi.state == rules.LU for envoi in sent):
        outbox.update(message)
        return
    contact = contacts.find(message.destinataire_id)
    ways = contacts.ways(contact) if contact is not None and not contact.efface else ()
    following = rules.way_of_unread(ways, {envoi.canal for envoi in sent} | set(message.a_ouvrir))
    if following:
        message.a_ouvrir = [*message.a_ouvrir, following]
        message.suite_time = clock.now()
    unread = events_pb2.MessageNonLu(message_id=message.id, demande_id=message.demande_id, modele=message.modele)
    outbox.update(message, Fact("notify.message.non_lu", unread), request_id=f"non-lu:{message_id}")
    announce_work()
