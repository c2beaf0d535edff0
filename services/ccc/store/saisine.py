"""A ticket, the messages of its thread (documents of their own), and the blockage that it observed."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from blocage.rules import PRECIS_MAX
from blocage.store import INDEXES, BlocageBase
from chassis.mongo import Aggregate, DayField
from papier.store import PAPIERS_INDEX, Papier
from promesse.store import Promesse
from services.ccc.rules.etats import CATEGORIES, EN_ATTENTE, ETATS, IDENTITES, ISSUES, NON_VERIFIEE, OUVERTE


class PieceJointe(me.EmbeddedDocument):
    """A stored screenshot or attachment."""

    cle = me.StringField(required=True)
    nom = me.StringField(required=True, max_length=200)
    sha256 = me.StringField(required=True)
    sha256_recu = me.StringField(default="")
    taille = me.IntField(required=True)
    media_type = me.StringField(required=True)


class Acte(me.EmbeddedDocument):
    """An act asked of deposit for this person, until it is answered."""

    request_id = me.StringField(required=True)
    acte = me.IntField(required=True)
    libelle = me.StringField(required=True)
    state = me.StringField(required=True, default=EN_ATTENTE)
    par = me.StringField(required=True)
    demande_date = DayField(required=True)
    phrase = me.StringField(default="")
    # What the agent joined to it herself: deposit fetches it.
    piece = me.EmbeddedDocumentField(PieceJointe)


class Saisine(Aggregate):
    """One contact on one subject, from its opening to one of the four outcomes."""

    reference = me.StringField(required=True)
    # What the link of the follow-up page holds: whoever has it reads this ticket and no other.
    suivi_cle = me.StringField(required=True)
    canal = me.StringField(required=True)
    categorie = me.StringField(required=True, choices=tuple(CATEGORIES))
    state = me.StringField(required=True, choices=tuple(ETATS), default=OUVERTE)
    niveau = me.IntField(default=1)
    # End of right first, then level, then age; the queue is read by this one key.
    tri = me.StringField(required=True)

    precis = me.StringField(required=True, max_length=PRECIS_MAX)
    symptome = me.IntField(default=0)
    etape = me.StringField(default="", max_length=200)
    navigateur = me.StringField(default="", max_length=300)
    captures = me.EmbeddedDocumentListField(PieceJointe)
    prefecture = me.StringField(default="")
    titre_code = me.StringField(default="")
    demarche_code = me.StringField(default="")
    premiere_tentative_date = DayField()
    fin_droit_date = DayField()

    nom = me.StringField(default="", max_length=200)
    prenoms = me.StringField(default="", max_length=200)
    naissance_date = DayField()
    courriel = me.StringField(default="", max_length=254)
    telephone = me.StringField(default="", max_length=20)
    adresse = me.ListField(me.StringField())
    contact_id = me.StringField(default="")
    usager_id = me.StringField(default="")
    demande_id = me.StringField(default="")
    # As the person gave it; who has the demande finds it by it.
    demande_reference = me.StringField(default="")
    identite = me.StringField(choices=tuple(IDENTITES), default=NON_VERIFIEE)
    identite_par = me.StringField(default="")
    # The structure whose mandate the caller holds, and what it allows; empty when the person herself called.
    mandat = me.StringField(default="")
    mandat_portee = me.ListField(me.StringField())

    # The person's objection keeps the préfecture out of this ticket (CCC-14).
    objection = me.BooleanField(default=False)
    blocage_id = me.StringField(default="")
    blocage_reference = me.StringField(default="")
    # The reference that she brings from where she was stopped, whichever service recorded it.
    blocage_apporte = me.StringField(default="")
    leve = me.BooleanField(default=False)
    voie_id = me.StringField(default="")
    anomalie_code = me.StringField(default="")
    reformulations = me.IntField(default=0)
    relances = me.ListField(me.StringField())
    issue = me.StringField(choices=("", *ISSUES), default="")
    actes = me.EmbeddedDocumentListField(Acte)
    promesses = me.EmbeddedDocumentListField(Promesse)
    papiers = me.EmbeddedDocumentListField(Papier)

    ouverture_date = DayField(required=True)
    ouverture_time = me.DateTimeField(required=True)
    # Since when an act asked of deposit and refused for good waits for an agent.
    refus_date = DayField()
    reponse_date = DayField()
    fin_date = DayField()
    # Whole days from the opening, for the figures.
    reponse_jours = me.IntField()
    fin_jours = me.IntField()

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "saisines",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["reference"], "unique": True},
            {"fields": ["suivi_cle"], "unique": True},
            {"fields": ["state", "tri"]},
            {"fields": ["state", "niveau", "tri"]},
            {"fields": ["prefecture", "objection", "state", "tri"]},
            {
                "fields": ["naissance_date", "-ouverture_time"],
                "partialFilterExpression": {"naissance_date": {"$gt": ""}},
            },
            {"fields": ["usager_id"], "partialFilterExpression": {"usager_id": {"$gt": ""}}},
            {"fields": ["blocage_id"], "partialFilterExpression": {"blocage_id": {"$gt": ""}}},
            {"fields": ["blocage_apporte"], "partialFilterExpression": {"blocage_apporte": {"$gt": ""}}},
            {"fields": ["anomalie_code", "_id"], "partialFilterExpression": {"anomalie_code": {"$gt": ""}}},
            {"fields": ["courriel", "-ouverture_time"], "partialFilterExpression": {"courriel": {"$gt": ""}}},
            {"fields": ["ouverture_date", "categorie", "canal", "reponse_jours", "fin_jours", "issue"]},
            PAPIERS_INDEX,
        ],
    }


class Message(me.Document):
    """One message of a thread, in or out; nothing disappears."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    saisine_id = me.StringField(required=True)
    time = me.DateTimeField(required=True)
    jour_date = DayField(required=True)
    auteur = me.StringField(required=True)
    par = me.StringField(default="")
    texte = me.StringField(default="", max_length=20000)
    citation = me.StringField(default="", max_length=1000)
    pieces = me.EmbeddedDocumentListField(PieceJointe)
    message_id = me.StringField(default="")
    remise = me.StringField(default="")

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "messages",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["saisine_id", "time"]},
            {"fields": ["jour_date", "par"]},
            {"fields": ["message_id"], "partialFilterExpression": {"message_id": {"$gt": ""}}},
        ],
    }


class Blocage(BlocageBase):
    """A blockage observed by the contact centre."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "ccc",
        "collection": "blocages",
        "auto_create_index": False,
        "indexes": [*INDEXES, {"fields": ["usager_id"], "partialFilterExpression": {"usager_id": {"$gt": ""}}}],
    }
