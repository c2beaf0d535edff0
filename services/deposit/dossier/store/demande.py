"""A demande with its pieces and its documents: one aggregate, so that each act on it is one write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import mongoengine as me

from chassis.mongo import Aggregate, DayField
from services.deposit.dossier.rules.etats import BROUILLON, FOLLOWING, PIECES_DEMANDEES

T = TypeVar("T")
# What a filing leaves open: the paper seen bears a number that the account does not have.
NUMERO_A_RATTACHER = "NUMERO_A_RATTACHER"


class Piece(me.EmbeddedDocument):
    """A file of a piece, as stored: its SHA-256 is on the receipt (DEP-29). `analyse`: non_analysee, saine, rejetee."""

    id = me.StringField(required=True)
    code = me.StringField(required=True)
    nom = me.StringField(required=True, max_length=200)
    cle = me.StringField(required=True)
    sha256 = me.StringField(required=True)
    sha256_recu = me.StringField(default="")
    taille = me.IntField(required=True)
    media_type = me.StringField(required=True)
    voie = me.IntField(required=True)
    reception_date = DayField(required=True)
    analyse = me.StringField(default="non_analysee")


class DemandePieces(me.EmbeddedDocument):
    """A request of the agent for pieces: its list, its days, whether it was answered."""

    id = me.StringField(required=True)
    pieces = me.ListField(me.StringField())
    texte = me.StringField(default="", max_length=4000)
    demande_date = DayField(required=True)
    delai_jours = me.IntField(required=True)
    echeance_date = DayField()
    par = me.StringField(required=True)
    repondue_date = DayField()
    depassee = me.BooleanField(default=False)
    # How many files the demande held when it was made: those after it may answer it. None: made before this was kept.
    fichiers_avant = me.IntField(default=None, null=True)


class Arret(me.EmbeddedDocument):
    """A stop of the clocks; `cle` is the blocage, ticket, impediment or outage that causes it."""

    cle = me.StringField(required=True)
    cause = me.StringField(required=True)
    debut_date = DayField(required=True)
    fin_date = DayField()


class Attestation(me.EmbeddedDocument):
    """A document given: immutable data from which it is rendered on demand, its signed code, what it replaces."""

    numero = me.StringField(required=True)
    nature = me.StringField(required=True)
    regime = me.StringField(required=True)
    emis_date = DayField(required=True)
    debut_date = DayField(required=True)
    fin_date = DayField()
    contenu = me.StringField(required=True)
    code = me.StringField(default="")
    remplace = me.StringField(default="")
    remplacee_par = me.StringField(default="")
    automatique = me.BooleanField(default=True)

    @property
    def attachment(self) -> tuple[str, str]:
        """Name and internal path of the paper, to attach to a message."""
        return (f"{self.nature.lower()}-{self.numero}.pdf", f"/deposit/interne/documents/{self.numero}.pdf")


class Demande(Aggregate):
    """One act asked for by one person: a title at a stage, or another démarche."""

    reference = me.StringField(required=True)
    usager_id = me.StringField(required=True)
    titre_code = me.StringField(default="")
    demarche_code = me.StringField(default="")
    stade = me.StringField(default="premiere")
    libelle = me.StringField(required=True)
    prefecture = me.StringField(default="")
    # Préfectures that had it before, each with the day on which it left: their outages stopped its clocks.
    quittees = me.ListField(me.DictField())
    # Whom it is for, when it is not the holder of the account: a child, a ward (DEP-22).
    beneficiaire = me.DictField()

    state = me.StringField(required=True, choices=tuple(FOLLOWING), default=BROUILLON)
    state_date = DayField(required=True)
    cree_date = DayField(required=True)
    depot_date = DayField()
    retenue_date = DayField()
    voie = me.IntField(default=1)
    fin_titre_date = DayField()
    # The kind of card held on that last day, where she said it (DEP-26).
    titre_tenu = me.StringField(default="")
    # A document of another demande proved the right on the day of filing: who was regular then is not late.
    couvert = me.BooleanField(default=False)
    reponses = me.DictField()
    pieces = me.EmbeddedDocumentListField(Piece)

    completude_date = DayField()
    completude_machine = me.BooleanField(default=False)
    demandes_pieces = me.EmbeddedDocumentListField(DemandePieces)
    arrets = me.EmbeddedDocumentListField(Arret)
    attestations = me.EmbeddedDocumentListField(Attestation)
    document_fin_date = DayField()
    renouvellement_demande = me.BooleanField(default=False)
    renouvellement_date = DayField()

    decision_date = DayField()
    decision = me.DictField()
    cloture = me.DictField()
    # What was paid or is being paid, each with its proof; and that the préfecture knows of a blocage (DEP-22, DEP-25).
    paiements = me.ListField(me.DictField())
    blocage_connu = me.DictField()
    # Set aside by the person: the state before, the day, what she says, and when an agent has looked at it (DEP-07).
    repudiation = me.DictField()
    # Since when what was granted waits, and where she fetches it.
    disponible_date = DayField()
    retrait_lieu = me.StringField(default="")
    remise_date = DayField()
    # What was handed over: number and days of the card, as they are printed on it.
    carte = me.DictField()
    # The last time she was asked whether she has her title, and her last answer (DEP-62).
    remise_question_date = DayField()
    remise_reponse = me.DictField()
    incoherences = me.ListField(me.DictField())
    urgences = me.ListField(me.DictField())
    # What waits for an agent whatever the state: code and day (see dossier/rules/attentes.py).
    attentes = me.ListField(me.DictField())
    # The rupture ahead or under way with its day to act, and those that happened with cause and length (XCT-04).
    rupture_prevue = me.DictField()
    ruptures = me.ListField(me.DictField())
    # Stored by earlier releases; the queue is a view of its own and nothing reads this.
    rang = me.IntField()
    agent_id = me.StringField(default="")
    accompagne = me.BooleanField(default=False)
    # What came from the person, by kind, as both views count it; and what no agent has yet said that he read (DEP-29).
    envois = me.DictField()
    envoi_date = DayField()
    a_lire = me.ListField(me.DictField())
    # What the préfecture’s view last confirmed: up to which version, and how many sendings.
    vue_version = me.IntField(default=0)
    vue_envois = me.DictField()
    # Taken over from an older application: its source, its numbers there; `fantome`: open on paper only.
    origine = me.DictField()
    # Filings of the same thing made elsewhere, with their day and the document given (DEP-42).
    anterieurs = me.ListField(me.DictField())
    vue_state = me.StringField(default="")

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "deposit",
        "collection": "demandes",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["reference"], "unique": True},
            {"fields": ["usager_id", "-cree_date"]},
            {"fields": ["prefecture", "state", "retenue_date"]},
            {"fields": ["prefecture", "id"], "partialFilterExpression": {"state": PIECES_DEMANDEES}},
            {"fields": ["prefecture", "envoi_date"]},
            {
                "fields": ["attestations.numero"],
                "partialFilterExpression": {"attestations.numero": {"$gt": ""}},
                "unique": True,
            },
        ],
    }

    def once(self, name: str, read: Callable[[], T]) -> T:
        """What the checks of one act need beside this demande: asked many times, read once for the object that the act
        loaded.
        """
        kept: dict[str, Any] = self.__dict__.setdefault("_read_once", {})
        if name not in kept:
            kept[name] = read()
        found: T = kept[name]
        return found

    @property
    def documents(self) -> list[Attestation]:
        """Documents not replaced."""
        return [a for a in self.attestations if not a.remplacee_par]
