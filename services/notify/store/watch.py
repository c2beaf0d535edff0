"""Where work waits in notify, and who is called when some is left: messages of a source, sendings of a way, returns."""

from __future__ import annotations

import mongoengine as me

from chassis import clock, wake
from chassis.lead import Queue
from chassis.mongo import collection_of
from services.notify.store.documents import EPOCH

MESSAGES, ENVOIS, RETOURS, REJETS = "messages", "envois", "retours", "rejets"


def announce_work(*names: str) -> None:
    """Says that there is work in these queues, or that there may be some in any."""
    wake.say(*(names or (MESSAGES, ENVOIS, RETOURS)))


def waiting(document: type[me.Document], **criteria: str) -> Queue:
    """What may be worked on now, of one source or of one way where `criteria` say so: `messages.deposit`."""
    collection = collection_of(document).name
    name = ".".join((collection, *criteria.values()))
    return Queue(name, collection, lambda: {**criteria, "suite_time": {"$gt": EPOCH, "$lte": clock.now()}})
