"""What the legal clock makes due: a sending without proof gives way, a message that nobody opened is followed."""

from __future__ import annotations

from chassis.due import Due
from services.notify.actions import lectures, preuves
from services.notify.store import Envoi, Message

DUE: Due = {(Envoi, "repli"): preuves.fall_back, (Message, "lecture"): lectures.follow_unread}
