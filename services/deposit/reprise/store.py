"""Records taken over from an older application: each run, its report line by line, and what each record last said."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField

EN_COURS, TERMINEE = "EN_COURS", "TERMINEE"


class Reprise(Aggregate):
    """One run over one file. `vue_time` moves while it works: standing still and not ended, it was interrupted."""

    source = me.StringField(required=True, max_length=20)
    fichier = me.StringField(required=True, max_length=200)
    sha256 = me.StringField(default="")
    par = me.StringField(required=True)
    state = me.StringField(required=True, default=EN_COURS)
    jour_date = DayField(required=True)
    debut_time = me.DateTimeField(required=True)
    vue_time = me.DateTimeField(required=True)
    fin_time = me.DateTimeField()
    lignes = me.IntField(default=0)
    resultats = me.DictField()
    constats = me.DictField()

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "reprises",
        "auto_create_index": False,
        "indexes": [{"fields": ["-debut_time"]}],
    }


class LigneReprise(me.Document):
    """What one run found of one line: never a name or an address, only the number of the record and of its objects."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    reprise_id = me.StringField(required=True)
    ligne = me.IntField(required=True)
    dossier = me.StringField(default="")
    prefecture = me.StringField(default="")
    resultat = me.StringField(required=True)
    completude = me.IntField()
    manques = me.ListField(me.StringField())
    constats = me.ListField(me.StringField())
    details = me.ListField(me.DictField())

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "lignes_reprise",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["reprise_id", "ligne"]},
            {"fields": ["reprise_id", "dossier"]},
            {"fields": ["reprise_id", "resultat", "ligne"]},
            {"fields": ["reprise_id", "constats", "ligne"]},
        ],
    }


class DossierRepris(me.Document):
    """What a record said when it was last taken over, and whom it is about: a later file is compared with it."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    usager_id = me.StringField(required=True)
    empreinte = me.StringField(required=True)
    maj_date = DayField(required=True)
    reprise_date = DayField(required=True)
    # The values themselves, by field of the person, by number of title, by number of demande.
    personne = me.DictField()
    titres = me.DictField()
    demandes = me.DictField()
    # What both sides changed: told by each run until the other system says the same as here.
    conflits = me.ListField(me.DictField())

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "dossiers_repris",
        "auto_create_index": False,
        "indexes": [{"fields": ["usager_id"]}],
    }
