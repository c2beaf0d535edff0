"""The stored voie: who, what, why, by when; its papers, dossiers, refusals and what a court ordered."""

from __future__ import annotations

from typing import Any, ClassVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField
from papier.store import Papier
from promesse.store import Promesse
from services.substitution.rules import guichet, voies

PAGE = 50


class Piece(me.EmbeddedDocument):
    """One file of a dossier, on our disk."""

    id = me.StringField(required=True)
    code = me.StringField(default="")
    nom = me.StringField(required=True)
    cle = me.StringField(required=True)
    sha256 = me.StringField(required=True)
    sha256_recu = me.StringField(default="")
    taille = me.IntField(required=True)
    media_type = me.StringField(required=True)


class Dossier(me.EmbeddedDocument):
    """What arrived, by which way, on which day; `depot` says how far its filing is."""

    id = me.StringField(required=True)
    moyen = me.StringField(required=True, choices=voies.MOYENS)
    reception_date = DayField(required=True)
    par = me.StringField(default="")
    stade = me.StringField(default="")
    fin_titre_date = DayField()
    pieces = me.ListField(me.EmbeddedDocumentField(Piece))
    # What she wrote with it, by e-mail, and the files that could not be kept.
    texte = me.StringField(default="")
    non_gardes = me.ListField(me.StringField())
    recu_numero = me.StringField(default="")
    depot = me.StringField(default="", choices=("", "DEMANDE", "FAIT", "REFUSE"))
    depot_motif = me.StringField(default="")
    manquantes = me.ListField(me.StringField())


class Refus(me.EmbeddedDocument):
    """A written refusal; `revu` is what the supervisor made of it: empty, CONFIRME or ANNULE."""

    jour_date = DayField(required=True)
    raison = me.StringField(required=True)
    preuves_vues = me.ListField(me.StringField())
    par = me.StringField(required=True)
    numero = me.StringField(required=True)
    revu = me.StringField(default="")
    revu_par = me.StringField(default="")


class Ordonnance(me.EmbeddedDocument):
    """What a court or the Défenseur des droits asked, and by when."""

    id = me.StringField(required=True)
    juridiction = me.StringField(required=True)
    numero = me.StringField(default="")
    jour_date = DayField(required=True)
    echeance_date = DayField(required=True)
    executee_date = DayField()


class Voie(Aggregate):
    """A route of one person outside the téléservice. What she typed never leaves this service, but as a contact."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "substitution",
        "collection": "voies",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["reference"], "unique": True},
            # Two openings by the same blocage give one route: the key decides.
            {"fields": ["blocage_id"], "unique": True, "partialFilterExpression": {"blocage_id": {"$gt": ""}}},
            {"fields": ["autres_references"]},
            {
                "fields": ["blocage_reference"],
                "partialFilterExpression": {"blocage_reference": {"$gt": ""}},
            },
            {"fields": ["papiers.numero"]},
            {"fields": ["cle_identite"]},
            {"fields": ["prefecture", "state", "rang"]},
            {"fields": ["prefecture", "supervision"], "partialFilterExpression": {"supervision": {"$gt": ""}}},
            {"fields": ["supervision"], "partialFilterExpression": {"supervision": {"$gt": ""}}},
            {
                "fields": ["prefecture", "alerte_date", "_id"],
                "partialFilterExpression": {"alerte_date": {"$gt": ""}},
            },
            {"fields": ["alerte_date", "_id"], "partialFilterExpression": {"alerte_date": {"$gt": ""}}},
            {
                "fields": ["prefecture", "retard_date", "_id"],
                "partialFilterExpression": {"retard_date": {"$gt": ""}},
            },
            {"fields": ["retard_date", "_id"], "partialFilterExpression": {"retard_date": {"$gt": ""}}},
            {"fields": ["usager_id"], "partialFilterExpression": {"usager_id": {"$gt": ""}}},
            {"fields": ["contact_id"], "partialFilterExpression": {"contact_id": {"$gt": ""}}},
            {"fields": ["demande_id"], "partialFilterExpression": {"demande_id": {"$gt": ""}}},
            {"fields": ["rendez_vous_id"], "partialFilterExpression": {"rendez_vous_id": {"$gt": ""}}},
            {"fields": ["dossiers.pieces.cle"]},
            {"fields": ["ouverture_date", "prefecture"]},
        ],
    }

    reference = me.StringField(required=True)
    state = me.StringField(required=True, choices=tuple(voies.FOLLOWING), default=voies.OUVERTE)
    origine = me.StringField(required=True, choices=voies.ORIGINES)
    prefecture = me.StringField(default="")
    titre_code = me.StringField(default="")
    demarche_code = me.StringField(default="")
    demande_id = me.StringField(default="")
    # Where she asked, or where her blocage was seen.
    service = me.StringField(default="substitution")
    preuves = me.ListField(me.StringField())
    regle = me.StringField(default="")
    priorite = me.BooleanField(default=False)
    rang = me.StringField(default="")
    moyens = me.ListField(me.StringField())
    moyen_choisi = me.StringField(default="")

    ouverture_date = DayField(required=True)
    date_protegee = DayField(required=True)
    premier_blocage_date = DayField()
    fin_droit_date = DayField()
    echeance_date = DayField(required=True)
    convoquee_date = DayField()
    dossier_date = DayField()
    fin_date = DayField()
    # Nothing but a letter reaches her: she needs more time to come.
    par_courrier = me.BooleanField(default=False)
    # When she asked for it or last met what opened it: a filing from before that, told late, does not end the route.
    besoin_time = me.DateTimeField()
    # Since when the deadline is near with no appointment, then past; both are empty again once one is given.
    alerte_date = me.StringField(default="")
    retard_date = me.StringField(default="")

    blocage_id = me.StringField(default="")
    blocage_service = me.StringField(default="")
    blocage_reference = me.StringField(default="")
    blocage_fini_date = DayField()
    # Further blocages of the same person on the same thing, as `service:identifier`.
    autres_blocages = me.ListField(me.StringField())
    # Their references: whoever was told any of them finds the route.
    autres_references = me.ListField(me.StringField())

    usager_id = me.StringField(default="")
    contact_id = me.StringField(default="")
    nom = me.StringField(default="", max_length=200)
    prenoms = me.StringField(default="", max_length=200)
    naissance_date = DayField()
    nationalite = me.StringField(default="", max_length=60)
    numero_etranger = me.StringField(default="", max_length=20)
    cle_identite = me.StringField(default="")
    telephone = me.StringField(default="", max_length=20)
    courriel = me.StringField(default="", max_length=200)
    adresse = me.ListField(me.StringField(max_length=200))
    etablissement = me.StringField(default="", max_length=300)
    # A visit in the establishment: when it was asked for, and its day.
    visite_demandee_date = DayField()
    visite_date = DayField()

    identite = me.StringField(default=guichet.NON_VERIFIEE)
    identite_par = me.StringField(default="")
    identite_date = DayField()
    pour_autrui = me.BooleanField(default=False)

    convocation_numero = me.StringField(default="")
    rendez_vous_id = me.StringField(default="")
    rendez_vous_time = me.DateTimeField()
    rendez_vous_lieu = me.StringField(default="", max_length=400)
    rendez_vous_fuseau = me.StringField(default="")
    # The day of the last appointment given, there; kept when it is gone.
    rendez_vous_date = DayField()
    rendez_vous_essais = me.IntField(default=0)

    depot_reference = me.StringField(default="")
    # Her pieces joined a demande that had ended: nothing was filed.
    demande_terminee = me.BooleanField(default=False)
    attestation_numero = me.StringField(default="")
    document_numero = me.StringField(default="")

    papiers = me.ListField(me.EmbeddedDocumentField(Papier))
    dossiers = me.ListField(me.EmbeddedDocumentField(Dossier))
    refus = me.ListField(me.EmbeddedDocumentField(Refus))
    ordonnances = me.ListField(me.EmbeddedDocumentField(Ordonnance))
    promesses = me.EmbeddedDocumentListField(Promesse)
    supervision = me.StringField(default="")
    panne_id = me.StringField(default="")
