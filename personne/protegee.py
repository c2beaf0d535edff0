"""Who is protected, as deposit says it: whoever else keeps her pieces hides them by it (DEP-08).

A desk never gave her pieces for others to read: only the agent who took them in sees them, until they are in her
dossier; then they are read there, by the agent in charge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import mongoengine as me

from chassis.mongo import collection_of, move_forward
from droit.decision import Genre, Motif

if TYPE_CHECKING:
    from chassis.inbox import Meta

OBJETS = {"PROTEGE": True, "PROTECTION_RETIREE": False}
CONTENU_MASQUE = Motif(
    "CONTENU_MASQUE",
    "ddd-2024-12-11",
    "Ce contenu est caché : cette personne est protégée.",
    "L’agent qui l’a reçu le voit jusqu’au dépôt. Après, il se lit dans le dossier, par l’agent qui en est chargé.",
    Genre.INTERDIT,
)


class PersonneProtegeeBase(me.Document):
    """Whether the account of this identifier is protected; an account of which nothing was said is not."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}
    objects: ClassVar[Any]

    id = me.StringField(primary_key=True)
    version = me.IntField(required=True)
    protege = me.BooleanField(required=True)


def project(kept: type[PersonneProtegeeBase], event: Any, meta: Meta) -> None:
    """Keeps what a `CompteModifie` says of the protection; its other objects change nothing."""
    if event.objet in OBJETS:
        move_forward(collection_of(kept), event.usager_id, meta.version, {"protege": OBJETS[event.objet]})


def is_protected(kept: type[PersonneProtegeeBase], usager_id: str) -> bool:
    """Whether this person is protected, as far as this service was told."""
    criteria = {"_id": usager_id, "protege": True}
    return bool(usager_id) and collection_of(kept).find_one(criteria, {"_id": 1}) is not None
