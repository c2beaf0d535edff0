"""The préfecture's own view of demandes, and what is kept of ruptures to count them; the dossier keeps the rest."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import DayField


class Rupture(me.Document):
    """Days on which one person with an open dossier had no valid document; `fin_date` None while it lasts (XCT-04)."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    version = me.IntField(required=True)
    demande_id = me.StringField(required=True)
    prefecture = me.StringField(required=True)
    titre_code = me.StringField(required=True)
    cause = me.StringField(required=True)
    debut_date = DayField(required=True)
    fin_date = DayField()
    jours = me.IntField()

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "ruptures",
        "auto_create_index": False,
        "indexes": [{"fields": ["prefecture", "debut_date"]}],
    }


class Ligne(me.Document):
    """One demande as the préfecture's queue holds it, only moved forward; `ordre` orders, `raisons` says why."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    version = me.IntField(required=True)
    usager_id = me.StringField(required=True)
    reference = me.StringField(required=True)
    libelle = me.StringField(required=True)
    titre_code = me.StringField(default="")
    prefecture = me.StringField(required=True)
    state = me.StringField(required=True)
    avant_date = DayField(required=True)
    ordre = me.StringField(required=True)
    raisons = me.ListField(me.DictField())
    # Filed for her at a reception point, which goes on helping her (PAN-12).
    accompagne = me.BooleanField(default=False)
    filtres = me.ListField(me.StringField())
    # What came from the person as this view holds it, counted by kind.
    envois = me.DictField()
    droit_fin_date = DayField()
    depot_date = DayField(required=True)
    retenue_date = DayField(required=True)
    # The day on which this view first held the demande: ours, and nobody's act.
    recue_date = DayField(required=True)
    # The day on which an agent of the préfecture first opened or acted on it: « registration » of DEP-64.
    enregistree_date = DayField()
    decision_date = DayField()

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "file_agents",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["prefecture", "filtres", "ordre", "id"]},
            {"fields": ["prefecture", "filtres", "droit_fin_date", "id"]},
            {"fields": ["prefecture", "state"]},
            {"fields": ["prefecture", "recue_date"]},
            {"fields": ["prefecture", "enregistree_date"]},
            {"fields": ["prefecture", "decision_date"]},
        ],
    }
