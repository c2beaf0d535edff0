"""Stored commands: an order to another service is kept until it is answered; a callee that is down loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.message import Message
from pymongo import ReturnDocument
from pymongo.database import Database
from pymongo.errors import PyMongoError

from chassis import clock, logs, wake
from chassis.lead import Queue
from chassis.mongo import insert_all_once
from chassis.rpc import Client
from droit.decision import Genre, Motif, Refused

PENDING, DONE, REFUSED = "EN_ATTENTE", "FAITE", "REFUSEE"
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(minutes=1)
LEASE = timedelta(seconds=20)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COLLECTION = "commandes"
DEADLINE_SECONDS = 5.0
# Refusals that may become a yes later; every other one is final, and goes back to whoever gave the command.
_SILENT = {Genre.INDISPONIBLE, Genre.TROP, Genre.NON_AUTHENTIFIE}


@dataclass(frozen=True)
class Answer:
    """The outcome of a stored command: `response` when it was done, `motif` when it was refused."""

    request_id: str
    aggregate: str
    request: Message
    response: Message | None
    motif: Motif | None


@dataclass(frozen=True)
class Reply:
    """How a service reads the answers of one method: classes to decode with, and the action to run."""

    request: type[Message]
    response: type[Message]
    action: Callable[[Answer], object]


# Full method name -> what to do with its answer.
Replies = Mapping[str, Reply]


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """Due commands are found by a partial index; those of an aggregate are listed on its page."""
    db["commandes"].create_index("next_time", partialFilterExpression={"state": PENDING})
    db["commandes"].create_index([("aggregate", 1), ("state", 1)])


def store(db: Database[dict[str, Any]], entries: list[dict[str, Any]]) -> None:
    """Takes commands out of an outbox; the `request_id` of each is its key, so a second copy changes nothing."""
    if not entries:
        return
    orders = [
        {
            "_id": entry["request_id"],
            "target": entry["target"],
            "method": entry["method"],
            "payload": entry["payload"],
            "on_behalf": entry["on_behalf"],
            "aggregate": entry["aggregate"],
            "state": PENDING,
            "attempts": 0,
            "next_time": entry["time"],
            "time": entry["time"],
        }
        for entry in entries
    ]
    insert_all_once(db[COLLECTION], orders)
    wake.say(COLLECTION)


def pending(db: Database[dict[str, Any]], aggregate: str) -> list[dict[str, Any]]:
    """Commands of this aggregate not yet answered, for its page ("demandé, en attente de réponse")."""
    return list(
        db["commandes"]
        .find({"aggregate": aggregate, "state": PENDING}, {"method": 1, "time": 1, "target": 1})
        .limit(20)
    )


def count_pending(db: Database[dict[str, Any]]) -> int:
    """How many commands wait for an answer, whether in hand or between two attempts; counted up to a thousand."""
    return db["commandes"].count_documents({"state": PENDING, "next_time": {"$gt": EPOCH}}, limit=1000)


def _ready() -> dict[str, Any]:
    return {"state": PENDING, "next_time": {"$lte": clock.now()}}


# Where the commands wait that may be tried now.
QUEUES = (Queue(COLLECTION, COLLECTION, _ready),)


def run_pending(db: Database[dict[str, Any]], client: Client, replies: Replies) -> int:
    """Tries each command that is due, once; returns how many were tried."""
    tried = 0
    while tried < 50:
        command = db["commandes"].find_one_and_update(
            _ready(),
            {"$set": {"next_time": clock.now() + LEASE}, "$inc": {"attempts": 1}},
            sort=[("next_time", 1)],
            return_document=ReturnDocument.AFTER,
        )
        if command is None:
            break
        tried += 1
        _run_one(db, client, replies, command)
    return tried


def _run_one(db: Database[dict[str, Any]], client: Client, replies: Replies, command: dict[str, Any]) -> None:
    log = logs.get().bind(method=command["method"], request_id=command["_id"], attempt=command["attempts"])
    try:
        answer = _ask(client, replies, command)
        # The effect comes first: if we die here the command is sent again, and the callee answers the same.
        replies[command["method"]].action(answer)
    except Refused as refused:
        _try_later(db, command)
        log.info("commande.unanswered", reason=refused.motif.code)
        return
    except PyMongoError:
        raise
    except Exception as error:
        # One order whose answer cannot be used must not stop the others; it is asked again, and answered the same.
        _try_later(db, command)
        log.error("commande.failed", error=type(error).__name__, exc_info=True)
        return
    code = answer.motif.code if answer.motif else ""
    state = REFUSED if answer.motif else DONE
    change = {"$set": {"state": state, "motif": code, "answer_time": clock.now()}}
    db["commandes"].update_one({"_id": command["_id"]}, change)
    log.info("commande.answered", refused=code)


def _ask(client: Client, replies: Replies, command: dict[str, Any]) -> Answer:
    """The callee's answer, a refusal included. Raises Refused for an answer that may change, KeyError without Reply."""
    reply = replies[command["method"]]
    target: str = command["target"]
    request = reply.request.FromString(command["payload"])
    on_behalf = client.on_behalf_of(target, command["on_behalf"]) if command["on_behalf"] else ""
    try:
        response = client.call(
            target, command["method"], request, reply.response, on_behalf=on_behalf, deadline=DEADLINE_SECONDS
        )
    except Refused as refused:
        if refused.motif.genre in _SILENT:
            raise
        return Answer(command["_id"], command["aggregate"], request, None, refused.motif)
    return Answer(command["_id"], command["aggregate"], request, response, None)


def _try_later(db: Database[dict[str, Any]], command: dict[str, Any]) -> None:
    wait = min(FIRST_WAIT * 2 ** min(command["attempts"], 10), LONGEST_WAIT)
    db["commandes"].update_one({"_id": command["_id"]}, {"$set": {"next_time": clock.now() + wait}})
