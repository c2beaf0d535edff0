"""The documents of notify and their indexes; partial indexes serve what waits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField

# Partial indexes and their queries name the same bound, otherwise the index does not serve.
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
WAITING: dict[str, Any] = {"suite_time": {"$gt": EPOCH}}


class Contact(me.Document):
    """How a person is reached: a projection that moves only forward by version."""

    meta = {"db_alias": "notify", "collection": "contacts", "auto_create_index": False}
    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    contact_version = me.IntField(required=True)
    source = me.StringField()
    nom = me.StringField()
    courriel = me.StringField()
    telephone = me.StringField()
    adresse = me.ListField(me.StringField())
    point_accueil_id = me.StringField(default="")
    langue = me.StringField()
    canaux = me.ListField(me.StringField())
    protege = me.BooleanField(default=False)
    canaux_confirmes = me.ListField(me.StringField())
    efface = me.BooleanField(default=False)
    # What her addresses are kept under where a carrier refuses them: both are read in one command.
    cles = me.ListField(me.StringField())


class Message(Aggregate):
    """A message to a person, with its words as they were when it left."""

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
    suivi = me.BooleanField(default=False)
    # She was accompanied: whether it was opened is looked at when it falls due.
    a_lire = me.BooleanField(default=False)
    # The contact that the same act gave: the message leaves by no older one.
    contact_version = me.IntField(default=0)
    cree_time = me.DateTimeField(required=True)
    state = me.StringField(required=True)
    cause = me.StringField(default="")
    suite_time = me.DateTimeField()
    bail_time = me.DateTimeField()
    bail_par = me.StringField()
    essais = me.IntField(default=0)
    reference = me.StringField()
    champs = me.DictField()
    pieces = me.ListField(me.DictField())
    # Files of an erased person, named until they are gone from the disk.
    restes = me.ListField(me.StringField())
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
    # Whether the service that asked waits to be told that it was handed and delivered.
    suivi = me.BooleanField(default=False)
    state = me.StringField(required=True)
    echeance_date = DayField()
    adresse = me.ListField(me.StringField())
    neutre = me.BooleanField(default=False)
    cause = me.StringField(default="")
    definitif = me.BooleanField(default=False)
    suite_time = me.DateTimeField()
    bail_time = me.DateTimeField()
    bail_par = me.StringField()
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
            "envoi_id",
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
    bail_par = me.StringField()
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
    """What a parcours concerns (préfectures, titles), which others are the same person's: who may see its messages."""

    meta = {"db_alias": "notify", "collection": "parcours", "auto_create_index": False}
    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    prefectures = me.ListField(me.StringField())
    titres = me.ListField(me.StringField())
    joints = me.ListField(me.StringField())


DOCUMENTS: tuple[type[me.Document], ...] = (Contact, Message, Envoi, Retour, AdresseRefusee, Parcours)
