"""A visit, from the arrival to its proof, and the blockage found in it."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from blocage.store import INDEXES, BlocageBase
from chassis.mongo import Aggregate, DayField
from papier.store import PAPIERS_INDEX, Papier
from promesse.store import Promesse
from services.pan.rules.acces import ECHEC, NON_VERIFIEE, VERIFIEE
from services.pan.rules.visites import EN_ATTENTE, EN_COURS, PARTI, TERMINEE


class Visite(Aggregate):
    """One person received once; what is known of her is what she said or what a paper showed."""

    lieu_id = me.StringField(required=True)
    prefecture = me.StringField(required=True)
    state = me.StringField(required=True, choices=(EN_ATTENTE, EN_COURS, TERMINEE, PARTI), default=EN_ATTENTE)
    objet = me.StringField(required=True)
    visite_date = DayField(required=True)
    arrivee_time = me.DateTimeField(required=True)
    sans_rendez_vous = me.BooleanField(required=True)
    numero_file = me.IntField(default=0)
    rendez_vous_id = me.StringField(default="")
    blocage_apporte = me.StringField(default="")
    debut_time = me.DateTimeField()

    nom = me.StringField(required=True, max_length=200)
    prenoms = me.StringField(default="", max_length=200)
    naissance_date = DayField()
    nationalite = me.StringField(default="", max_length=80)
    numero_etranger = me.StringField(default="", max_length=20)
    telephone = me.StringField(default="", max_length=40)
    adresse = me.ListField(me.StringField())
    usager_id = me.StringField(default="")
    contact_id = me.StringField(default="")

    identite = me.StringField(choices=(NON_VERIFIEE, VERIFIEE, ECHEC), default=NON_VERIFIEE)
    identite_papier = me.StringField(default="")
    identite_par = me.StringField(default="")
    pour_autrui = me.BooleanField(default=False)
    mandat_fin_date = DayField()

    agent_id = me.StringField(default="")
    services = me.ListField(me.StringField())
    resultat = me.StringField(default="")
    difficulte = me.StringField(default="", max_length=2000)
    suite = me.StringField(default="", max_length=2000)
    orientation = me.StringField(default="")
    naturalisation = me.BooleanField(default=False)
    teleservice = me.BooleanField(default=False)
    blocage_id = me.StringField(default="")
    depot_id = me.StringField(default="")
    saisine = me.DictField()
    # She already asked the contact centre: she says so, shows a ticket, or it knows her name.
    ccc_deja = me.BooleanField(default=False)
    # Acts asked of deposit on the person's account, with their answers.
    reparations = me.ListField(me.DictField())
    # Since when an act refused for good waits for the desk, which calls her back.
    rappel_date = DayField()
    promesses = me.EmbeddedDocumentListField(Promesse)
    papiers = me.EmbeddedDocumentListField(Papier)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "pan",
        "collection": "visites",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["lieu_id", "visite_date", "state"]},
            {"fields": ["parcours_id", "-arrivee_time"]},
            {"fields": ["prefecture", "visite_date"]},
            {"fields": ["lieu_id", "rappel_date"], "partialFilterExpression": {"rappel_date": {"$gt": ""}}},
            {
                "fields": ["rendez_vous_id"],
                "unique": True,
                "partialFilterExpression": {"rendez_vous_id": {"$gt": ""}},
            },
            {"fields": ["saisine.id"], "partialFilterExpression": {"saisine.id": {"$gt": ""}}},
            PAPIERS_INDEX,
        ],
    }


class Blocage(BlocageBase):
    """A blockage observed at a reception point, with the attestation given at once."""

    lieu_id = me.StringField(default="")
    visite_id = me.StringField(default="")
    papiers = me.EmbeddedDocumentListField(Papier)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "pan",
        "collection": "blocages",
        "auto_create_index": False,
        "indexes": [*INDEXES, PAPIERS_INDEX],
    }
