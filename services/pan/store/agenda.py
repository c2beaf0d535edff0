"""The agenda: a slot with its places, an appointment, the waiting list and the queue of the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import mongoengine as me
from pymongo import ReturnDocument

from chassis.mongo import Aggregate, DayField, collection_of
from papier.store import PAPIERS_INDEX, Papier
from services.pan.rules.agenda import ABSENT, ANNULE, HONORE, PRIS
from services.pan.store.lieu import Lieu


class Creneau(me.Document):
    """One slot: `libres` places left of `places`; `prises` names who holds one, until when while it is only held."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    lieu_id = me.StringField(required=True)
    prefecture = me.StringField(required=True)
    objets = me.ListField(me.StringField())
    debut_time = me.DateTimeField(required=True)
    debut_date = DayField(required=True)
    duree_minutes = me.IntField(required=True)
    places = me.IntField(required=True)
    libres = me.IntField(required=True)
    visible_time = me.DateTimeField(required=True)
    # Until this day only who goes first is given this slot; empty for all others.
    garde_jusque_date = me.StringField(default="")
    prises = me.ListField(me.DictField())
    # A slot of another system: its key there, and where people book when we cannot.
    externe = me.StringField(default="")
    lien = me.StringField(default="")
    vu_time = me.DateTimeField()
    # Its system moved it while somebody had it: her appointment has not followed yet.
    deplace = me.BooleanField(default=False)
    # When its system did the last change that it told of.
    avis_time = me.DateTimeField()

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "pan",
        "collection": "creneaux",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["prefecture", "objets", "debut_time", "id"]},
            {"fields": ["lieu_id", "debut_time"]},
            {"fields": ["deplace"], "partialFilterExpression": {"deplace": True}},
            {
                "fields": ["prises.jusque_time"],
                "partialFilterExpression": {"prises.jusque_time": {"$type": "date"}},
            },
        ],
    }


# How a hold by the desk of another system is told from a booking of ours among those who have a slot.
AILLEURS = "ailleurs:"
# The places left of a slot, after a change of its places or of who has them.
FREE = {"$set": {"libres": {"$max": [0, {"$subtract": ["$places", {"$size": "$prises"}]}]}}}


def hold(
    creneau_id: str, rendez_vous_id: str, until: datetime, guard: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Takes one place of a slot in one conditional write; None when none is left, or where `guard` does not hold. A
    repeat keeps the place it has.
    """
    slots = collection_of(Creneau)
    taken = slots.find_one_and_update(
        {"_id": creneau_id, "libres": {"$gt": 0}, "prises.rdv": {"$ne": rendez_vous_id}, **(guard or {})},
        {"$inc": {"libres": -1}, "$push": {"prises": {"rdv": rendez_vous_id, "jusque_time": until}}},
        return_document=ReturnDocument.AFTER,
    )
    return taken or slots.find_one({"_id": creneau_id, "prises.rdv": rendez_vous_id})


def confirm(creneau_id: str, rendez_vous_id: str) -> None:
    """Turns a held place into a booked one."""
    collection_of(Creneau).update_one(
        {"_id": creneau_id, "prises.rdv": rendez_vous_id}, {"$set": {"prises.$.jusque_time": None}}
    )


def loosen(creneau_id: str, rendez_vous_id: str, until: datetime) -> None:
    """Marks a booked place as only held: if its holder dies while moving, the sweep decides by what was written."""
    collection_of(Creneau).update_one(
        {"_id": creneau_id, "prises.rdv": rendez_vous_id}, {"$set": {"prises.$.jusque_time": until}}
    )


def release(creneau_id: str, rendez_vous_id: str) -> bool:
    """Gives a place back, once."""
    others = {"$filter": {"input": "$prises", "cond": {"$ne": ["$$this.rdv", rendez_vous_id]}}}
    done = collection_of(Creneau).update_one(
        {"_id": creneau_id, "prises.rdv": rendez_vous_id}, [{"$set": {"prises": others}}, FREE]
    )
    return done.modified_count == 1


class RendezVous(Aggregate):
    """An appointment; one live at a time for a person and a motive, by a unique partial index."""

    # Its place, where the act has just read it.
    lieu: Lieu | None = None

    reference = me.StringField(required=True)
    state = me.StringField(required=True, choices=(PRIS, ANNULE, HONORE, ABSENT), default=PRIS)
    creneau_id = me.StringField(required=True)
    lieu_id = me.StringField(required=True)
    prefecture = me.StringField(required=True)
    objet = me.StringField(required=True)
    debut_time = me.DateTimeField(required=True)
    debut_date = DayField(required=True)
    duree_minutes = me.IntField(required=True)
    vecteur = me.StringField(required=True)
    nom = me.StringField(required=True, max_length=200)
    telephone = me.StringField(default="", max_length=40)
    # Hash of name and telephone: who has no account still holds one live appointment at a time for a motive.
    personne_cle = me.StringField(default="")
    contact_id = me.StringField(default="")
    usager_id = me.StringField(default="")
    convocation_id = me.StringField(default="")
    # The reference with which she came from where she was stopped: the agent who receives her reads it.
    blocage_apporte = me.StringField(default="")
    pris_par = me.StringField(required=True)
    pris_date = DayField(required=True)
    annule_par = me.StringField(default="")
    # What the system of its place is owed: when to try again and how often it was; `morte_date` once that was given up.
    annonce = me.DictField()
    # When that system did the last change that it told of.
    avis_time = me.DateTimeField()
    papiers = me.EmbeddedDocumentListField(Papier)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "pan",
        "collection": "rendez_vous",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["reference"], "unique": True},
            {
                "fields": ["parcours_id", "objet"],
                "unique": True,
                "partialFilterExpression": {"state": PRIS},
                "name": "un_seul_vivant",
            },
            {
                "fields": ["personne_cle", "objet"],
                "unique": True,
                "partialFilterExpression": {"state": PRIS, "personne_cle": {"$gt": ""}},
                "name": "une_personne_un_vivant",
            },
            {"fields": ["lieu_id", "debut_date", "debut_time"]},
            {"fields": ["lieu_id", "state", "debut_time"]},
            {"fields": ["annonce.time"], "partialFilterExpression": {"annonce.time": {"$type": "date"}}},
            {
                "fields": ["prefecture", "annonce.morte_date"],
                "partialFilterExpression": {"annonce.morte_date": {"$gt": ""}},
            },
            PAPIERS_INDEX,
        ],
    }


class Attente(Aggregate):
    """The waiting list: a dated proof that the person tried, and whom to tell when a place is free."""

    reference = me.StringField(required=True)
    prefecture = me.StringField(required=True)
    objet = me.StringField(required=True)
    nom = me.StringField(required=True, max_length=200)
    # Both empty for who left no way that may be used.
    telephone = me.StringField(default="", max_length=40)
    contact_id = me.StringField(default="")
    inscrit_date = DayField(required=True)
    prevenu_date = DayField()
    # The vain attempt that it is, in our own records.
    blocage_reference = me.StringField(default="")
    state = me.StringField(required=True, choices=("EN_ATTENTE", "PREVENU"), default="EN_ATTENTE")

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "pan",
        "collection": "attentes",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["reference"], "unique": True},
            {"fields": ["prefecture", "objet", "state", "inscrit_date"]},
        ],
    }


class EtatAgenda(me.Document):
    """When another appointment system last answered for a place; its identifier is the place's."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    vu_time = me.DateTimeField()
    # Lines of its export that were not understood, in words.
    ignorees = me.ListField(me.StringField())

    meta: ClassVar[dict[str, Any]] = {"db_alias": "pan", "collection": "agendas", "auto_create_index": False}


class FileDuJour(me.Document):
    """The last walk-in number given at a place on a day."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    dernier = me.IntField(required=True, default=0)

    meta: ClassVar[dict[str, Any]] = {"db_alias": "pan", "collection": "files", "auto_create_index": False}


def next_number(lieu_id: str, jour: str) -> int:
    """The next walk-in number of the day, by one increment."""
    counted = collection_of(FileDuJour).find_one_and_update(
        {"_id": f"{lieu_id}:{jour}"}, {"$inc": {"dernier": 1}}, upsert=True, return_document=ReturnDocument.AFTER
    )
    assert counted is not None
    return int(counted["dernier"])
