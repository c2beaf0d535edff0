"""What could not be said or read: set aside for the operator, who has it tried again once the cause is mended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymongo.collection import Collection

from chassis import clock, mongo, outbox
from chassis.lead import Queue
from chassis.mongo import find
from chassis.web.who import Who
from droit.decision import Refused
from services.notify import rules, store
from services.notify.actions import acces
from services.notify.store import Message
from services.notify.store.watch import MESSAGES, REJETS, announce_work

# Handles a rejected fact again; True when it took effect.
Replay = Callable[[str], bool]


def prepare_indexes() -> None:
    """What an operator asked to have replayed is found by the worker."""
    _rejets().create_index("replay_time", partialFilterExpression={"replay_time": {"$gt": store.EPOCH}})


def faits(who: Who) -> list[dict[str, Any]]:
    """Facts that nobody could read, oldest first."""
    acces.check_act("rejets", who)
    return list(_rejets().find({"replayed_time": None}, {"payload": 0}).sort("time", 1).limit(store.PAGE))


def messages(who: Who) -> list[Message]:
    """Messages that cannot be said as they stand, oldest first."""
    acces.check_act("rejets", who)
    found: list[Message] = list(Message.objects(state=rules.REJETE).order_by("cree_time").limit(store.PAGE))
    return found


def ask_replay(event_id: str, who: Who) -> bool:
    """Has the worker handle a fact again; False when there is no such fact left."""
    acces.check_act("rejets", who)
    asked = _rejets().update_one({"_id": event_id, "replayed_time": None}, {"$set": {"replay_time": clock.now()}})
    announce_work(REJETS)
    return bool(asked.matched_count)


@outbox.retry_conflicts
def replan(message_id: str, who: Who, *, request_id: str) -> Message:
    """Has a message planned again from the beginning."""
    acces.check_act("rejets", who)
    message = find(Message, id=message_id)
    if message is None:
        raise Refused(acces.MESSAGE_ABSENT)
    if outbox.already(message, request_id) or message.state != rules.REJETE:
        return message
    message.state = rules.A_PLANIFIER
    message.cause = ""
    message.essais = 0
    message.suite_time = clock.now()
    planned = outbox.update(message, request_id=request_id)
    announce_work(f"{MESSAGES}.{planned.source}")
    return planned


def _asked() -> dict[str, Any]:
    return {"replay_time": {"$gt": store.EPOCH, "$lte": clock.now()}}


# Facts that are to be handled again now.
QUEUE = Queue(REJETS, REJETS, _asked)


def run_replays(replay: Replay) -> int:
    """Handles what was asked for, once each; what is refused again stays in the list."""
    done = 0
    while done < store.PAGE:
        asked = _rejets().find_one_and_update(_asked(), {"$set": {"replay_time": None}})
        if asked is None:
            break
        replay(str(asked["_id"]))
        done += 1
    return done


def _rejets() -> Collection[dict[str, Any]]:
    return mongo.database("notify")["rejets"]
