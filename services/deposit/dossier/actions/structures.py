"""A helping structure for the other rooms: found by a member, and how notify reaches it."""

from __future__ import annotations

from typing import Any

from chassis import messages, mongo
from chassis.outbox import Contact
from sejour.contact.v1 import contact_pb2
from services.deposit.dossier.store.usager import Structure


def of_member(login: str) -> Structure | None:
    """The active structure of an active member, by her identifier."""
    login = login.strip().casefold()
    structure = mongo.find(Structure, membres__login=login, active=True) if login else None
    return structure if active_member(structure, login) else None


def of_id(structure_id: str) -> Structure | None:
    """The active structure of this identifier."""
    return mongo.find(Structure, id=structure_id, active=True)


def active(limit: int) -> list[tuple[str, str]]:
    """The active structures, identifier and name, in the order of names (at most `limit`)."""
    found = Structure.objects(active=True).only("id", "nom").order_by("nom").limit(limit)
    return [(structure.id, structure.nom) for structure in found]


def active_member(structure: Structure | None, login: str) -> dict[str, Any] | None:
    """What is kept of an active member; None when she is no member, or suspended."""
    members = structure.membres if structure else []
    return next((m for m in members if m["login"] == login and m["actif"]), None)


def member_in_words(login: str) -> str:
    """A member and her structure, by name, suspended or not; empty when nobody has this identifier."""
    structure = mongo.find(Structure, membres__login=login)
    name = next((m["nom"] for m in structure.membres if m["login"] == login), "") if structure else ""
    return f"{name}, {structure.nom}" if structure and name else ""


def contact(structure: Structure, version: int) -> tuple[Contact, ...]:
    """How notify reaches a structure; none without a mailbox. `version`: the aggregate's after the write."""
    if not structure.courriel:
        return ()
    values = contact_pb2.Contact(
        contact_id=structure.id, version=version, nom=structure.nom, courriel=structure.courriel, langue="fr"
    )
    values.canaux.append(contact_pb2.CANAL_COURRIEL)
    return (messages.contact(values),)
