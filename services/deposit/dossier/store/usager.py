"""Persons, their account, the titles they hold, the helpers they mandate, and the blocages observed here."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from blocage.store import INDEXES, BlocageBase
from chassis.mongo import Aggregate, DayField

# What opens her account goes to her own ways, whoever receives the rest: her contact under another identifier.
EN_PERSONNE = "-en-personne"
# Who froze an account, when it is on the bare word of somebody who is not signed in.
ANONYME = "anonyme"


class TitreDetenu(me.EmbeddedDocument):
    """A title or visa held: what a renewal starts from. `remis` None means that nobody recorded the handing over."""

    titre_code = me.StringField(default="")
    libelle = me.StringField(default="")
    numero = me.StringField(default="")
    debut_date = DayField()
    fin_date = DayField(required=True)
    remis = me.BooleanField(null=True)
    remise_date = DayField()
    origine = me.StringField(default="declaration")
    # The day on which the next title was handed over in its place.
    remplace_date = DayField()


class TitreEnfant(me.EmbeddedDocument):
    """A document handed over for a child: hers and not the parent's, who is told before it ends."""

    demande_id = me.StringField(required=True)
    titre_code = me.StringField(default="")
    demarche_code = me.StringField(default="")
    libelle = me.StringField(required=True)
    numero = me.StringField(required=True)
    fin_date = DayField(required=True)
    enfant = me.DictField(required=True)


class Usager(Aggregate):
    """A person and her account. `identifiant` serves those without numéro étranger or e-mail to sign in (DEP-02,
    DEP-09).
    """

    identifiant = me.StringField(required=True)
    nom = me.StringField(required=True, max_length=200)
    prenoms = me.StringField(default="", max_length=200)
    # Her whole name in her own script, where that is not the Latin one.
    nom_origine = me.StringField(default="", max_length=401)
    naissance_date = DayField(required=True)
    nationalite = me.StringField(default="", max_length=80)
    numero_etranger = me.StringField(max_length=20)
    # The search key of name and birth: upper-case ASCII letters of the name, then the day.
    cle_identite = me.StringField(required=True)
    situation_reguliere = me.BooleanField(default=True)
    situation_familiale = me.StringField(default="", max_length=80)
    mentions = me.ListField(me.StringField())

    courriel = me.StringField(max_length=254)
    telephone = me.StringField(default="", max_length=20)
    adresse = me.ListField(me.StringField(max_length=200))
    # Her e-mail and her mobile number until she proves that they are hers, by their way; and the marks of the codes.
    a_confirmer = me.DictField()
    codes_confirmation = me.DictField()
    prefecture = me.StringField(default="")
    langue = me.StringField(default="fr")
    canaux = me.ListField(me.IntField())
    canaux_confirmes = me.ListField(me.IntField())
    # She cannot use digital ways, as a desk saw: letter and voice come first, until her title is handed over and after.
    sur_papier = me.BooleanField(default=False)
    protege = me.BooleanField(default=False)
    # The reception point that she named: what is sent to her is told to her there too (DEP-09).
    point_accueil = me.StringField(default="")
    # The mandate and the structure to which her messages go instead of her own ways, where she chose so (DEP-09).
    relais = me.DictField()

    password_hash = me.StringField(default="")
    second_facteur = me.StringField(default="")
    codes_papier = me.ListField(me.StringField())
    # Issuer and subject at the identity provider, joined by a space.
    sub_oidc = me.StringField()
    # The second factor asked for at each sign-in, or none; the seed of an application is sealed.
    facteur = me.StringField(default="")
    facteur_graine = me.BinaryField()
    facteur_pas = me.IntField(default=0)
    # Since when each was hers: one chosen just before a claim may be the usurper’s.
    facteur_date = DayField()
    codes_date = DayField()
    gele = me.BooleanField(default=False)
    gel_date = DayField()
    # Who froze it: on a bare word, its holder opens it again by a second proof.
    gel_par = me.StringField(default="")
    # A desk has recognised the holder: a bare claim of usurpation freezes no more.
    titulaire_date = DayField()
    # An agent has seen that this account and another are one person's: the other is hers, and this one serves no more.
    reuni_a = me.StringField(default="")
    # What was taken back from a usurped account, and when: evidence, and nothing that finds it.
    conteste = me.DictField()
    # The last link asked for to come back in: its message, and whether it was used (DEP-04).
    recuperation = me.DictField()
    rattache_date = DayField()
    rattache_minutes = me.IntField()

    titres = me.EmbeddedDocumentListField(TitreDetenu)
    titres_enfants = me.EmbeddedDocumentListField(TitreEnfant)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "usagers",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["identifiant"], "unique": True},
            {
                "fields": ["numero_etranger"],
                "unique": True,
                "partialFilterExpression": {"numero_etranger": {"$gt": ""}},
            },
            {"fields": ["courriel"], "unique": True, "partialFilterExpression": {"courriel": {"$gt": ""}}},
            {"fields": ["sub_oidc"], "unique": True, "partialFilterExpression": {"sub_oidc": {"$gt": ""}}},
            {"fields": ["cle_identite"]},
            {
                "fields": ["relais.structure_id"],
                "partialFilterExpression": {"relais.structure_id": {"$gt": ""}},
            },
            {"fields": ["titres.fin_date", "id"], "partialFilterExpression": {"titres.fin_date": {"$gt": ""}}},
            {
                "fields": ["prefecture", "rattache_date"],
                "partialFilterExpression": {"rattache_date": {"$gt": ""}},
            },
        ],
    }


class Reclamation(me.Document):
    """Somebody says that an account in her name is not hers: its day protects her, its contact reaches her."""

    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    parcours_id = me.StringField(required=True)
    usager_id = me.StringField(required=True)
    blocage_id = me.StringField(required=True)
    reference = me.StringField(required=True)
    contact_id = me.StringField(default="")
    jour_date = DayField(required=True)
    time = me.DateTimeField(required=True)
    issue = me.StringField(default="")

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "reclamations",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["usager_id", "issue"]},
        ],
    }


class Structure(Aggregate):
    """A helping structure identified by a préfecture; its members sign in each with an own password (XCT-05)."""

    nom = me.StringField(required=True, max_length=200)
    prefecture = me.StringField(required=True)
    courriel = me.StringField(default="", max_length=254)
    membres = me.ListField(me.DictField())
    active = me.BooleanField(default=True)
    # What changed in the directory of its département since it was last sent, in words.
    annuaire_change = me.ListField(me.StringField())

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "structures",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["membres.login"], "unique": True, "partialFilterExpression": {"membres.login": {"$gt": ""}}},
            {"fields": ["prefecture"]},
            {"fields": ["active", "nom"]},
        ],
    }


class Mandat(Aggregate):
    """What a person allowed a structure to do for her, from a day to a day; revoked in one act."""

    usager_id = me.StringField(required=True)
    structure_id = me.StringField(required=True)
    portee = me.ListField(me.StringField())
    debut_date = DayField(required=True)
    fin_date = DayField(required=True)
    revoque_date = DayField()
    # Recorded by a desk that saw the person's paper; otherwise by whoever held the account.
    au_guichet = me.BooleanField(default=False)
    # The member of the structure who follows this person; a colleague takes over in one act.
    referent = me.StringField(default="", max_length=60)

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "mandats",
        "auto_create_index": False,
        "indexes": [{"fields": ["usager_id", "structure_id"]}, {"fields": ["structure_id", "fin_date"]}],
    }


class Blocage(BlocageBase):
    """A blocage observed by the téléservice itself."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "blocages",
        "auto_create_index": False,
        "indexes": INDEXES,
    }
