"""What a protected person's dossier shows, and to whom: herself and the agent in charge read everything (DEP-08).

Anybody else, her helpers included, reads states and documents, and neither her address nor what tells of violence:
pieces, answers, messages, what she says of a repudiation.
"""

from __future__ import annotations

from typing import Any

from chassis import outbox
from chassis.mongo import collection_of
from chassis.web.who import AGENT, AIDANT, Who
from droit.decision import Genre, Motif
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager

MASQUE = Motif(
    "CONTENU_MASQUE",
    "ddd-2024-12-11",
    "Ce contenu est caché : cette personne est protégée.",
    "Seuls la personne et l’agent chargé du dossier le voient. Un agent peut prendre le dossier en charge.",
    Genre.INTERDIT,
)
CACHE = "Caché : personne protégée"


def hidden_from(demande: Demande, who: Who) -> bool:
    """Whether this reader is kept from what the dossier of a protected person tells of her."""
    if who.kind not in (AGENT, AIDANT) or (who.kind == AGENT and demande.agent_id == who.id):
        return False
    return collection_of(Usager).find_one({"_id": demande.usager_id, "protege": True}, {"_id": 1}) is not None


def as_shown(demande: Demande, who: Who) -> Demande:
    """The demande as this reader may see it; what was hidden is never written back."""
    if not hidden_from(demande, who):
        return demande
    for piece in demande.pieces:
        piece.nom = CACHE
    demande.reponses = {}
    outbox.spend(demande)
    return demande


def person_as_shown(usager: Usager, who: Who) -> Usager:
    """Her account as she or her helper may see it; a helper of a protected person reads no way to find her."""
    if not usager.protege or who.kind != AIDANT:
        return usager
    usager.adresse, usager.telephone, usager.courriel, usager.a_confirmer = [], "", None, {}
    outbox.spend(usager)
    return usager


def messages_as_shown(thread: list[dict[str, Any]], *, hidden: bool) -> list[dict[str, Any]]:
    """The thread, its words left out for who may not read them."""
    return [{**message, "texte": CACHE, "objet": ""} for message in thread] if hidden else thread


def facts_as_shown(facts: list[dict[str, Any]], *, hidden: bool) -> list[dict[str, Any]]:
    """The history, its details left out for who may not read them; what happened and when stays."""
    return [{**fact, "prive": {}} for fact in facts] if hidden else facts
