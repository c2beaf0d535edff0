"""A demande prepared and filed at a reception point for a person, with or without e-mail (PAN-14)."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField
from papier.store import PAPIERS_INDEX, Papier
from services.pan.rules.depots import BROUILLON, DEPOSE, RECU, REFUSE


class PieceDeposee(me.EmbeddedDocument):
    """One file of a piece, as stored."""

    id = me.StringField(required=True)
    code = me.StringField(required=True)
    nom = me.StringField(required=True, max_length=200)
    cle = me.StringField(required=True)
    sha256 = me.StringField(required=True)
    sha256_recu = me.StringField(default="")
    taille = me.IntField(required=True)
    media_type = me.StringField(required=True)


class Depot(Aggregate):
    """RECU: received, dated and proved here, on its way to deposit; DEPOSE once deposit has answered."""

    visite_id = me.StringField(required=True)
    lieu_id = me.StringField(required=True)
    prefecture = me.StringField(required=True)
    state = me.StringField(required=True, choices=(BROUILLON, RECU, DEPOSE, REFUSE), default=BROUILLON)
    identite = me.DictField()
    usager_id = me.StringField(default="")
    contact_id = me.StringField(default="")
    titre_code = me.StringField(default="")
    demarche_code = me.StringField(default="")
    stade = me.StringField(default="")
    libelle = me.StringField(required=True)
    fin_titre_date = DayField()
    date_protegee = DayField()
    accompagne = me.BooleanField(default=True)
    agent_id = me.StringField(default="")
    pieces = me.EmbeddedDocumentListField(PieceDeposee)
    cree_date = DayField(required=True)
    reception_date = DayField()
    manquantes = me.ListField(me.StringField())
    papiers = me.EmbeddedDocumentListField(Papier)

    demande_id = me.StringField(default="")
    reference = me.StringField(default="")
    attestation_numero = me.StringField(default="")
    document_numero = me.StringField(default="")
    # The agent instructeur who accompanies it at deposit, as he was named on the first day.
    agent_nom = me.StringField(default="")
    refus = me.DictField()
    # Messages that reached the person by no way: she is called back (PAN-13).
    rappels = me.ListField(me.DictField())
    rappel_date = DayField()

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "pan",
        "collection": "depots",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["lieu_id", "state"]},
            {
                "fields": ["prefecture", "titre_code", "-reception_date"],
                "partialFilterExpression": {"reception_date": {"$gt": ""}},
            },
            {"fields": ["lieu_id", "rappel_date"], "partialFilterExpression": {"rappel_date": {"$gt": ""}}},
            {"fields": ["demande_id"], "partialFilterExpression": {"demande_id": {"$gt": ""}}},
            PAPIERS_INDEX,
        ],
    }
