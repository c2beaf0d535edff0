"""Contacts, queues of the desks, addresses that carriers refuse, what an erasure leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from chassis import clock
from chassis.mongo import DUPLICATE_KEY, collection_of, insert_once, loaded
from services.notify.store.documents import AdresseRefusee, Contact, Envoi, Message, Parcours, Retour
from services.notify.store.watch import announce_work

PAGE = 50
# Facts of one write get their instants one after the other.
ONE_ACT = timedelta(seconds=1)
# Joinings followed from one parcours: more have never tied one person's together.
LIENS_MAX = 20
# The service that keeps accounts.
COMPTES = "deposit"


def put_contacts(given: Sequence[tuple[str, int, dict[str, Any]]]) -> set[int]:
    """Moves contacts (identifier, version, values) forward, in order; an older or equal version changes nothing.
    Returns the ranks of those that took the place of another: who was known before may have waited for it.

    What deposit gave is moved by deposit alone, and takes the place of what others gave whatever their version.
    """
    writes = []
    for contact_id, version, values in given:
        criteria: dict[str, Any] = {"_id": contact_id, "contact_version": {"$lt": version}}
        if values["source"] == COMPTES:
            criteria = {"_id": contact_id, "$or": [{"contact_version": {"$lt": version}}, {"source": {"$ne": COMPTES}}]}
        else:
            criteria["source"] = {"$ne": COMPTES}
        writes.append(UpdateOne(criteria, {"$set": values | {"contact_version": version}}, upsert=True))
    try:
        done: Any = collection_of(Contact).bulk_write(writes, ordered=False).bulk_api_result
    except BulkWriteError as error:
        # The upsert found nothing to move and could not insert: what is stored is as recent.
        done = error.details
        if any(fault["code"] != DUPLICATE_KEY for fault in done["writeErrors"]):
            raise
    unmoved = {fault["index"] for fault in done["writeErrors"]} | {new["index"] for new in done["upserted"]}
    return set(range(len(given))) - unmoved


def known(contact_ids: Collection[str]) -> list[tuple[Contact, set[str]]]:
    """These contacts, each with those of its keys under which a carrier refused an address: one command for both."""
    theirs = {"from": "adresses_refusees", "localField": "cles", "foreignField": "_id", "as": "refusees"}
    rows = collection_of(Contact).aggregate([{"$match": {"_id": {"$in": list(contact_ids)}}}, {"$lookup": theirs}])
    return [(loaded(Contact, row), {line["_id"] for line in lines}) for row in rows for lines in [row.pop("refusees")]]


def versions(contact_ids: Collection[str]) -> dict[str, int]:
    """How far these contacts have moved."""
    found = collection_of(Contact).find({"_id": {"$in": list(contact_ids)}}, {"contact_version": 1})
    return {row["_id"]: row["contact_version"] for row in found}


def envois_of(message_ids: Collection[str]) -> list[Envoi]:
    """The sendings of some messages, oldest first; at most a page for each."""
    found: list[Envoi] = list(
        Envoi.objects(message_id__in=list(message_ids)).order_by("cree_time").limit(PAGE * max(1, len(message_ids)))
    )
    return found


def queue(canal: str, states: Iterable[str], after: datetime | None) -> list[Envoi]:
    """A page of one way's sendings in these states, oldest first."""
    criteria: dict[str, Any] = {"canal": canal, "state__in": list(states)}
    if after is not None:
        criteria["cree_time__gt"] = after
    found: list[Envoi] = list(Envoi.objects(**criteria).order_by("cree_time").limit(PAGE))
    return found


def count_queue(canal: str, states: Iterable[str]) -> int:
    """How many sendings of one way are in these states, up to 10 000."""
    return collection_of(Envoi).count_documents({"canal": canal, "state": {"$in": list(states)}}, limit=10_000)


def address_key(canal: str, address: str) -> str:
    """The key under which a refused address is kept; the address cannot be found from it."""
    return hashlib.sha256(f"{canal}\n{address.strip().casefold()}".encode()).hexdigest()


def refused(keys: Collection[str]) -> set[str]:
    """Those of these addresses that a carrier refused for good."""
    found = collection_of(AdresseRefusee).find({"_id": {"$in": list(keys)}}, {"_id": 1})
    return {line["_id"] for line in found}


def refuse_address(canal: str, address: str, destinataire_id: str, cause: str) -> None:
    """Nothing more goes to this address until somebody lifts it or the person gives another."""
    insert_once(
        collection_of(AdresseRefusee),
        {
            "_id": address_key(canal, address),
            "canal": canal,
            "destinataire_id": destinataire_id,
            "cause": cause,
            "refus_time": clock.now(),
        },
    )


def forgive_addresses(destinataire_id: str) -> None:
    """Lets the addresses of a person be tried again."""
    collection_of(AdresseRefusee).delete_many({"destinataire_id": destinataire_id})


def forget_content(destinataire_id: str) -> None:
    """Erases what a person was told, where, and what came back; dates, ways and states stay.

    The names of her files move to `restes`, and their messages wake: a worker removes each file, then its name.
    """
    theirs = {"destinataire_id": destinataire_id}
    forget_retours([destinataire_id])
    messages, envois = collection_of(Message), collection_of(Envoi)
    named = {"$concatArrays": [{"$ifNull": ["$restes", []]}, {"$ifNull": ["$pieces.cle", []]}]}
    messages.update_many(
        theirs | {"pieces.0": {"$exists": True}}, [{"$set": {"restes": named, "pieces": [], "suite_time": clock.now()}}]
    )
    messages.update_many(
        theirs, {"$set": {"champs": {}, "textes": {}}, "$unset": {"reference": 1}, "$inc": {"version": 1}}
    )
    envois.update_many(theirs, {"$set": {"adresse": []}, "$inc": {"version": 1}})
    collection_of(AdresseRefusee).delete_many(theirs)
    announce_work()


def forget_retours(destinataire_ids: Sequence[str]) -> None:
    """Removes what came back of the messages of these persons."""
    if destinataire_ids:
        theirs = collection_of(Envoi).find({"destinataire_id": {"$in": list(destinataire_ids)}}, {"_id": 1})
        collection_of(Retour).delete_many({"envoi_id": {"$in": [found["_id"] for found in theirs]}})


def look_again(destinataire_id: str, gone: tuple[str, str], ended: Collection[str], act_time: datetime | None) -> None:
    """Has the messages of a person looked at that ended in this state for this cause; of these templates only those
    of the very act that gave her a way, which may come here before that way: an older link is dead.

    What an agent wrote himself is left to him.
    """
    theirs: dict[str, Any] = {"destinataire_id": destinataire_id, "state": gone[0], "cause": gone[1]}
    alive: list[dict[str, Any]] = [{"modele": {"$nin": list(ended)}}]
    if act_time is not None:
        alive.append({"cree_time": {"$gte": act_time - ONE_ACT}})
    theirs |= {"$or": alive, "modifie_par": ""}
    change = {"$set": {"essais": 0, "suite_time": clock.now()}, "$inc": {"version": 1}}
    if collection_of(Message).update_many(theirs, change).modified_count:
        announce_work()


def forget_restes(message_id: str) -> None:
    """The files of this message are gone from the disk."""
    collection_of(Message).update_one({"_id": message_id}, {"$set": {"restes": []}, "$inc": {"version": 1}})


def joined_to(parcours_id: str) -> list[str]:
    """Every parcours that a chain of joinings ties to this one, each named once or more."""
    others = {"from": "parcours", "startWith": "$joints", "connectFromField": "joints", "connectToField": "_id"}
    found = collection_of(Parcours).aggregate(
        [{"$match": {"_id": parcours_id}}, {"$graphLookup": {**others, "as": "liens", "maxDepth": LIENS_MAX}}]
    )
    return [other for first in found for link in (first, *first["liens"]) for other in link.get("joints", ())]


def add_to_parcours(parcours_id: str, prefecture: str = "", titre: str = "", joint: str = "") -> None:
    """Adds a préfecture, a title or another parcours of the same person; repeats and order change nothing."""
    add_to_all_parcours([(parcours_id, {"prefectures": prefecture, "titres": titre, "joints": joint})])


def add_to_all_parcours(given: Iterable[tuple[str, dict[str, str]]]) -> None:
    """The same for many; what is empty adds nothing."""
    added = [(parcours_id, {name: value for name, value in more.items() if value}) for parcours_id, more in given]
    writes = [UpdateOne({"_id": parcours_id}, {"$addToSet": more}, upsert=True) for parcours_id, more in added if more]
    if writes:
        collection_of(Parcours).bulk_write(writes, ordered=False)
