"""A person without account: what distinguishes her from another, how she is reached, what she is told."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from chassis import clock, messages
from chassis.outbox import Entry
from personne.joindre import Joignable, contact
from personne.nom import name_key
from sejour.contact.v1 import contact_pb2
from services.pan.rules import agenda as agenda_rules
from services.pan.store import Attente, Depot, RendezVous, Visite


def person_key(nom: str, telephone: str) -> str:
    """What tells one person from another without an account; empty without a telephone."""
    if not telephone:
        return ""
    return hashlib.sha256(f"{name_key(nom)}\n{telephone}".encode()).hexdigest()


def contact_of(contact_id: str) -> contact_pb2.Contact | None:
    """The contact as her last visit, appointment or waiting gives it, for notify when it lost hers.

    None as soon as a victim's motive is among them: whether she may be written to is known to nobody but her.
    """
    hers = {"parcours_id": contact_id, "contact_id": contact_id}
    visite = Visite.objects(**hers).order_by("-arrivee_time").first()
    others = [*RendezVous.objects(**hers).limit(20), *Attente.objects(**hers).limit(20)]
    if any(each.objet == agenda_rules.VICTIME for each in others):
        return None
    if visite is not None:
        return contact(contact_id, of_visit(visite))
    return contact(contact_id, Joignable(nom=others[-1].nom, telephone=others[-1].telephone)) if others else None


def of_visit(visite: Visite) -> Joignable:
    """The ways that a visit knows."""
    nom = f"{visite.prenoms} {visite.nom}".strip()
    return Joignable(nom=nom, telephone=visite.telephone, adresse=tuple(visite.adresse))


def tell(
    contact: tuple[str, str],
    modele: str,
    champs: dict[str, Any],
    *,
    pieces: Sequence[tuple[str, str]] = (),
    by: str = "systeme",
) -> tuple[Entry, ...]:
    """The message to a person, by (contact id, parcours id); none when she left no way to be reached."""
    contact_id, parcours_id = contact
    if not contact_id:
        return ()
    demande = messages.Notice(contact_id, parcours_id, modele, champs, pieces=tuple(pieces))
    return (messages.fact("pan", demande, by=by),)


def tell_refused(asked: Depot | Visite, quoi: str, phrase: str, reception_date: str = "") -> tuple[Entry, ...]:
    """Refused for good: whoever received her must act and calls her back; the message that says so to her."""
    asked.rappel_date = asked.rappel_date or clock.today()
    champs = {"quoi": quoi, "phrase": phrase, "reception_date": reception_date}
    return tell((asked.contact_id, asked.parcours_id), "acte_refuse", champs)
