"""What is tried and what is asked: experiments with their opinions, consultations with their answers."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField
from services.deposit.concertation.rules.experimentations import FOLLOWING, OUVERTE


class Experimentation(Aggregate):
    """A feature tried in some préfectures and for some titles, with its owner, its criteria, its day of review."""

    fonction = me.StringField(required=True)
    prefectures = me.ListField(me.StringField())
    titres = me.ListField(me.StringField())
    criteres = me.ListField(me.DictField())
    responsable = me.StringField(required=True, max_length=200)
    debut_date = DayField(required=True)
    revue_date = DayField(required=True)
    fin_date = DayField()
    state = me.StringField(required=True, choices=tuple(FOLLOWING), default=OUVERTE)
    # Set while it runs or is general: unique, so that a feature has one experiment at a time.
    en_cours = me.StringField()
    journal = me.ListField(me.DictField())

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "experimentations",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["en_cours"], "unique": True, "partialFilterExpression": {"en_cours": {"$gt": ""}}},
            {"fields": ["-debut_date"]},
        ],
    }


class AvisExperimentation(me.Document):
    """One opinion on an experiment; its key names nobody, and allows one answer per person."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    experimentation_id = me.StringField(required=True)
    public = me.StringField(required=True)
    utile = me.BooleanField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "avis_experimentations",
        "auto_create_index": False,
        "indexes": [{"fields": ["experimentation_id", "utile"]}],
    }


class Concertation(Aggregate):
    """A questionnaire or a vote on needs: its publics, its days, its questions, then its results and what changed."""

    titre = me.StringField(required=True, max_length=200)
    texte = me.StringField(default="", max_length=4000)
    publics = me.ListField(me.StringField())
    questions = me.ListField(me.DictField())
    debut_date = DayField(required=True)
    fin_date = DayField(required=True)
    par = me.StringField(required=True)
    # Announced again by itself so many days later, with the same questions; 0: once.
    retour_jours = me.IntField(default=0)
    close_date = DayField()
    resultats = me.DictField()
    changements = me.ListField(me.DictField())

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "concertations",
        "auto_create_index": False,
        "indexes": [{"fields": ["-debut_date"]}],
    }


class ReponseConcertation(me.Document):
    """One person's answers.

    The key is a keyed hash: the organiser cannot tell who answered, and nobody answers twice.
    """

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    concertation_id = me.StringField(required=True)
    public = me.StringField(required=True)
    reponses = me.DictField()
    # What was written, by question; the association for which it was, if any.
    mots = me.DictField()
    association = me.StringField(default="", max_length=200)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "reponses_concertations",
        "auto_create_index": False,
        "indexes": [{"fields": ["concertation_id"]}],
    }


class AssociationDuPanel(me.Document):
    """An association that stands for usagers in the panel: the structure whose members answer for it."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    nom = me.StringField(required=True, max_length=200)
    depuis_date = DayField(required=True)
    par = me.StringField(required=True)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "panel",
        "auto_create_index": False,
        "indexes": [{"fields": ["nom"]}],
    }
