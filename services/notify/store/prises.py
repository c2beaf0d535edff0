"""What waits, and which worker has it: claimed in batches by lease, released, put off, marked before it leaves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import mongoengine as me
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from chassis import clock
from chassis.mongo import DUPLICATE_KEY, collection_of, loaded, raw
from services.notify.store.documents import EPOCH, Envoi, Message, Retour
from services.notify.store.watch import ENVOIS, announce_work

PLANIFIE = "PLANIFIE"


def claim(document: Any, criteria: dict[str, Any], lease: timedelta, limit: int) -> list[Any]:
    """The oldest documents that wait and that nobody holds, now held for `lease`; in order, none when there is none.

    Who claims works on each within half of the lease, or lets it go: a hand that starts late could meet another.
    """
    now = clock.now()
    waiting = criteria | {
        "suite_time": {"$gt": EPOCH, "$lte": now},
        "$or": [{"bail_time": None}, {"bail_time": {"$lt": now}}],
    }
    collection = collection_of(document)
    found = list(collection.find(waiting).sort("suite_time", 1).limit(limit))
    if not found:
        return []
    holder, until, ids = clock.new_id(), now + lease, [row["_id"] for row in found]
    # Asked again in the write: another hand may have claimed some of them, or finished with them, in between.
    taken = {"$set": {"bail_time": until, "bail_par": holder}, "$inc": {"essais": 1}}
    if collection.update_many(waiting | {"_id": {"$in": ids}}, taken).modified_count < len(ids):
        return list(document.objects(id__in=ids, bail_par=holder).order_by("suite_time"))
    claimed = {"bail_time": until, "bail_par": holder}
    return [loaded(document, row | claimed | {"essais": row.get("essais", 0) + 1}) for row in found]


def let_go(documents: Sequence[Any]) -> None:
    """Releases what was claimed and not begun: the next worker takes it, and no attempt is counted."""
    if documents:
        mine = {"_id": {"$in": [each.id for each in documents]}, "bail_par": documents[0].bail_par}
        free = {"$unset": {"bail_time": 1, "bail_par": 1}, "$inc": {"essais": -1}}
        collection_of(type(documents[0])).update_many(mine, free)


def take_up(message: Message, state: str) -> None:
    """Begins another round of a message that is held; one that changed meanwhile is looked at again."""
    again = {"state": state, "cause": "", "essais": 0, "suite_time": clock.now()}
    _end_look(message, {"$set": again, "$inc": {"tour": 1, "version": 1}})
    announce_work()


def rest(message: Message) -> None:
    """Nothing is left to do for a message that is held; one that changed meanwhile is looked at again."""
    if not _end_look(message, {"$set": {"suite_time": None}, "$inc": {"version": 1}}):
        announce_work()


def _end_look(message: Message, change: dict[str, Any]) -> bool:
    mine = {"_id": message.id, "version": message.version}
    free = {"$unset": {"bail_time": 1, "bail_par": 1}}
    ended = collection_of(Message).update_one(mine, change | free).modified_count == 1
    if not ended:
        let_go([message])
    return ended


def put_off(document: type[me.Document], key: str, wait: timedelta, cause: str) -> None:
    """Lets the document go and waits before the next attempt; says why."""
    collection_of(document).update_one(
        {"_id": key},
        {"$set": {"suite_time": clock.now() + wait, "cause": cause}, "$unset": {"bail_time": 1, "bail_par": 1}},
    )


def count_waiting(*documents: type[me.Document]) -> int:
    """How many documents have something to do now, held or not."""
    due = {"suite_time": {"$gt": EPOCH, "$lte": clock.now()}}
    return sum(collection_of(document).count_documents(due, limit=10_000) for document in documents)


def engage(message_id: str, state: str) -> bool:
    """Notes that a carrier is about to get the message; False when it was withdrawn meanwhile.

    The version moves, so that who withdraws or changes it at the same moment meets a conflict and looks again.
    """
    return bool(engage_all([message_id], state))


def engage_all(message_ids: Collection[str], state: str) -> dict[str, Message]:
    """The same for a batch: those of these messages that are in `state`, engaged, with the words as they now stay."""
    wanted = {"_id": {"$in": list(message_ids)}, "state": state}
    collection_of(Message).update_many(wanted, {"$set": {"engage_time": clock.now()}, "$inc": {"version": 1}})
    return {found.id: found for found in Message.objects(id__in=list(message_ids), state=state)}


def keep_plans(plans: Sequence[tuple[Message, dict[str, Any]]]) -> list[Message]:
    """Writes what was planned for each message, unless it changed meanwhile; returns those that were written.

    One that changed is let go and looked at again.
    """
    if not plans:
        return []
    collection = collection_of(Message)
    writes = [
        UpdateOne({"_id": message.id, "version": message.version}, {"$set": changes, "$inc": {"version": 1}})
        for message, changes in plans
    ]
    written = [message for message, _ in plans]
    if collection.bulk_write(writes, ordered=False).matched_count < len(plans):
        ids = {"$in": [message.id for message in written]}
        versions = {found["_id"]: found["version"] for found in collection.find({"_id": ids}, {"version": 1})}
        kept = [message for message in written if versions.get(message.id) == message.version + 1]
        let_go([message for message in written if message not in kept])
        written = kept
    for message, changes in plans:
        if message in written:
            message.version += 1
            for name, value in changes.items():
                setattr(message, name, value)
    return written


def add_messages(messages: Sequence[Message]) -> set[str]:
    """Creates messages; returns which of them were not there yet."""
    return _insert_new(Message, messages)


def open_envois(envois: Sequence[Envoi]) -> set[str]:
    """Creates sendings; their key (message, way, attempt) makes a repeat harmless. Returns which are new."""
    return _insert_new(Envoi, envois)


def _insert_new(document: type[Message] | type[Envoi], documents: Sequence[Any]) -> set[str]:
    if not documents:
        return set()
    for each in documents:
        each.version = 1
        each.validate()
    new = [each.id for each in documents]
    try:
        collection_of(document).insert_many([raw(each) | {"outbox": []} for each in documents], ordered=False)
    except BulkWriteError as error:
        faults = error.details["writeErrors"]
        if any(fault["code"] != DUPLICATE_KEY for fault in faults):
            raise
        return set(new) - {new[fault["index"]] for fault in faults}
    return set(new)


def keep_remis(envois: Sequence[tuple[Envoi, dict[str, Any]]]) -> list[Envoi]:
    """Writes what became of sendings, unless they changed meanwhile; returns those that were not written."""
    collection = collection_of(Envoi)
    writes = [
        UpdateOne({"_id": envoi.id, "version": envoi.version}, change | {"$inc": {"version": 1}})
        for envoi, change in envois
    ]
    if collection.bulk_write(writes, ordered=False).matched_count == len(writes):
        return []
    ids = {"$in": [envoi.id for envoi, _ in envois]}
    remis = {row["_id"] for row in collection.find({"_id": ids, "remis_time": {"$ne": None}}, {"_id": 1})}
    return [envoi for envoi, _ in envois if envoi.id not in remis]


def close_opened(messages: Sequence[Message]) -> bool:
    """Puts to rest messages whose ways are open. False when another way was added to one of them meanwhile."""
    rest: dict[str, Any] = {"a_ouvrir": [], "suite_time": None, "bail_time": None}
    writes = [
        UpdateOne({"_id": each.id, "a_ouvrir": list(each.a_ouvrir)}, {"$set": rest, "$inc": {"version": 1}})
        for each in messages
    ]
    return collection_of(Message).bulk_write(writes, ordered=False).matched_count == len(writes)


def close_retours(readings: Sequence[tuple[str, str]]) -> None:
    """Notes what was read in each of these returns; they are not read again."""
    if readings:
        collection_of(Retour).bulk_write(
            [
                UpdateOne({"_id": key}, {"$set": {"lecture": lecture, "suite_time": None}, "$unset": {"bail_time": 1}})
                for key, lecture in readings
            ],
            ordered=False,
        )


def wake_envois(**criteria: str) -> None:
    """Has the worker look at what has not left yet, whatever its way: it leaves or is withdrawn."""
    waiting = criteria | {"state": "A_REMETTRE"}
    collection_of(Envoi).update_many(waiting, {"$set": {"suite_time": clock.now()}})
    announce_work(ENVOIS)
