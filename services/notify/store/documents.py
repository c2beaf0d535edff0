"""What notify keeps: contacts as they stand, messages, their sendings with proofs, what came back, what to leave."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import mongoengine as me
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from chassis import clock
from chassis.mongo import Aggregate, DayField, collection_of, insert_once

# Partial indexes and their queries name the same bound, otherwise the index does not serve.
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
WAITING: dict[str, Any] = {"suite_time": {"$gt": EPOCH}}
PAGE = 50


class Contact(me.Document):
    """How a person is reached: a projection that moves only forward by version."""

    meta = {"db_alias": "notify", "collection": "contacts", "auto_create_index": False}
    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    contact_version = me.IntField(required=True)
    nom = me.StringField()
    courriel = me.StringField()
    telephone = me.StringField()
    adresse = me.ListField(me.StringField())
    langue = me.StringField()
    canaux = me.ListField(me.StringField())
    protege = me.BooleanField(default=False)
    canaux_confirmes = me.ListField(me.StringField())
    efface = me.BooleanField(default=False)


class Message(Aggregate):
    """What a person is told, with its words as they were when it left."""

    meta = {
        "db_alias": "notify",
        "collection": "messages",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["source", "suite_time"], "partialFilterExpression": WAITING},
            {"fields": ["suite_time"], "partialFilterExpression": WAITING},
            "destinataire_id",
            {"fields": ["reference"], "partialFilterExpression": {"reference": {"$gt": ""}}},
            ("state", "cree_time"),
        ],
    }

    source = me.StringField(required=True)
    destinataire_id = me.StringField(default="")
    modele = me.StringField(default="")
    contenu_url = me.StringField(default="")
    contenu_sha256 = me.StringField(default="")
    acte_attendu = me.BooleanField(default=False)
    demande_id = me.StringField(default="")
    echeance_date = DayField()
    papier = me.BooleanField(default=False)
    cree_time = me.DateTimeField(required=True)
    state = me.StringField(required=True)
    cause = me.StringField(default="")
    suite_time = me.DateTimeField()
    bail_time = me.DateTimeField()
    essais = me.IntField(default=0)
    reference = me.StringField()
    champs = me.DictField()
    pieces = me.ListField(me.DictField())
    textes = me.DictField()
    langue = me.StringField(default="fr")
    voies = me.StringField(default="")
    a_ouvrir = me.ListField(me.StringField())
    engage_time = me.DateTimeField()
    modifie_par = me.StringField(default="")
    rectifie_id = me.StringField(default="")
    # A message that reached nobody may be tried again from its first way: each time is a round of its own.
    tour = me.IntField(default=1)


class Envoi(Aggregate):
    """One message by one way: its state, its dates and its proofs."""

    meta = {
        "db_alias": "notify",
        "collection": "envois",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["message_id", "canal", "essai"], "unique": True},
            {"fields": ["canal", "suite_time"], "partialFilterExpression": WAITING},
            {"fields": ["suite_time"], "partialFilterExpression": WAITING},
            ("canal", "state", "cree_time"),
            ("state", "cree_time"),
            "destinataire_id",
        ],
    }

    message_id = me.StringField(required=True)
    destinataire_id = me.StringField(required=True)
    modele = me.StringField(required=True)
    canal = me.StringField(required=True)
    essai = me.IntField(required=True)
    state = me.StringField(required=True)
    echeance_date = DayField()
    adresse = me.ListField(me.StringField())
    neutre = me.BooleanField(default=False)
    cause = me.StringField(default="")
    definitif = me.BooleanField(default=False)
    suite_time = me.DateTimeField()
    bail_time = me.DateTimeField()
    essais = me.IntField(default=0)
    cree_time = me.DateTimeField(required=True)
    remis_time = me.DateTimeField()
    delivre_time = me.DateTimeField()
    lu_time = me.DateTimeField()
    echec_time = me.DateTimeField()
    preuves = me.ListField(me.DictField())
    numero = me.StringField(default="")
    imprime_date = DayField()
    poste_date = DayField()
    identite_par = me.StringField(default="")
    appels = me.IntField(default=0)
    rappel_date = DayField()


class Retour(me.Document):
    """A message that a mail server sent back, stored before it is read."""

    meta = {
        "db_alias": "notify",
        "collection": "retours",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["suite_time"], "partialFilterExpression": WAITING},
            # What came back is proof for as long as it may be discussed, and personal: it does not stay for ever.
            {"fields": ["recu_time"], "expireAfterSeconds": 365 * 86400},
        ],
    }
    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    envoi_id = me.StringField(required=True)
    brut = me.BinaryField(required=True)
    recu_time = me.DateTimeField(required=True)
    suite_time = me.DateTimeField()
    bail_time = me.DateTimeField()
    essais = me.IntField(default=0)
    lecture = me.StringField(default="")


class AdresseRefusee(me.Document):
    """An address that a carrier said does not exist: nothing more goes there. The key is a hash of it."""

    meta = {
        "db_alias": "notify",
        "collection": "adresses_refusees",
        "auto_create_index": False,
        "indexes": ["destinataire_id"],
    }
    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    canal = me.StringField(required=True)
    destinataire_id = me.StringField(required=True)
    cause = me.StringField(required=True)
    refus_time = me.DateTimeField(required=True)


class Parcours(me.Document):
    """Which préfectures a parcours concerns and which others are the same person's: who may see its messages."""

    meta = {"db_alias": "notify", "collection": "parcours", "auto_create_index": False}
    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    prefectures = me.ListField(me.StringField())
    joints = me.ListField(me.StringField())


DOCUMENTS: tuple[type[me.Document], ...] = (Contact, Message, Envoi, Retour, AdresseRefusee, Parcours)


def put_contact(contact_id: str, version: int, values: dict[str, Any]) -> bool:
    """Moves a contact forward; an older or equal version changes nothing. True when this one is now the last."""
    criteria = {"_id": contact_id, "contact_version": {"$lt": version}}
    try:
        collection_of(Contact).update_one(criteria, {"$set": values | {"contact_version": version}}, upsert=True)
    except DuplicateKeyError:
        # The upsert found nothing to move and could not insert: what is stored is as recent.
        return False
    return True


def claim(document: Any, criteria: dict[str, Any], lease: timedelta) -> Any:
    """The oldest document that waits and that nobody holds, now held for `lease`; None when there is none."""
    now = clock.now()
    waiting = criteria | {
        "suite_time": {"$gt": EPOCH, "$lte": now},
        "$or": [{"bail_time": None}, {"bail_time": {"$lt": now}}],
    }
    collection = collection_of(document)
    # Most looks find nothing: a plain read costs a third of a claim that matches nothing.
    if collection.find_one(waiting, {"_id": 1}) is None:
        return None
    held = collection.find_one_and_update(
        waiting,
        {"$set": {"bail_time": now + lease}, "$inc": {"essais": 1}},
        projection={"_id": 1},
        sort=[("suite_time", 1)],
        return_document=ReturnDocument.AFTER,
    )
    return None if held is None else document.objects(id=held["_id"]).first()


def put_off(document: type[me.Document], key: str, wait: timedelta, cause: str) -> None:
    """Lets the document go and waits before the next attempt; says why."""
    collection_of(document).update_one(
        {"_id": key}, {"$set": {"suite_time": clock.now() + wait, "cause": cause}, "$unset": {"bail_time": 1}}
    )


def count_waiting(*documents: type[me.Document]) -> int:
    """How many documents have something to do now, held or not."""
    due = {"suite_time": {"$gt": EPOCH, "$lte": clock.now()}}
    return sum(collection_of(document).count_documents(due, limit=10_000) for document in documents)


def engage(message_id: str, state: str) -> bool:
    """Notes that a carrier is about to get the message; False when it was withdrawn meanwhile.

    The version moves, so that who withdraws or changes it at the same moment meets a conflict and looks again.
    """
    done = collection_of(Message).update_one(
        {"_id": message_id, "state": state}, {"$set": {"engage_time": clock.now()}, "$inc": {"version": 1}}
    )
    return done.matched_count == 1


def wake_envois(**criteria: str) -> None:
    """Has the worker look at what has not left yet, whatever its way: it leaves or is withdrawn."""
    waiting = criteria | {"state": "A_REMETTRE"}
    collection_of(Envoi).update_many(waiting, {"$set": {"suite_time": clock.now()}})


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
    """The name under which a refused address is kept: it does not give the address back."""
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


def forget_content(destinataire_id: str) -> list[str]:
    """Erases what a person was told and where; dates, ways and states stay. Returns the keys of the files to remove."""
    messages = collection_of(Message)
    keys = [
        piece["cle"]
        for found in messages.find({"destinataire_id": destinataire_id}, {"pieces": 1})
        for piece in found.get("pieces", [])
    ]
    messages.update_many(
        {"destinataire_id": destinataire_id},
        {"$set": {"champs": {}, "textes": {}, "pieces": []}, "$unset": {"reference": 1}, "$inc": {"version": 1}},
    )
    collection_of(Envoi).update_many(
        {"destinataire_id": destinataire_id}, {"$set": {"adresse": []}, "$inc": {"version": 1}}
    )
    collection_of(AdresseRefusee).delete_many({"destinataire_id": destinataire_id})
    return keys


def add_to_parcours(parcours_id: str, prefecture: str = "", joint: str = "") -> None:
    """Adds a préfecture or another parcours of the same person; repeats and order change nothing."""
    added: dict[str, Any] = {}
    if prefecture:
        added["prefectures"] = prefecture
    if joint:
        added["joints"] = joint
    if added:
        collection_of(Parcours).update_one({"_id": parcours_id}, {"$addToSet": added}, upsert=True)
