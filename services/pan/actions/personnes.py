"""A person without account: her parcours, her contact and her references are minted by whoever meets her first."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import phonenumbers

from chassis import clock, messages
from chassis.outbox import Entry
from droit.decision import Genre, Motif, Refused
from sejour.contact.v1 import contact_pb2
from services.pan.rules import agenda as agenda_rules
from services.pan.store import Attente, RendezVous, Visite

# Crockford's alphabet without vowels: nothing that is misheard on the telephone, no accidental word.
_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"

TELEPHONE_ILLISIBLE = Motif(
    "TELEPHONE_ILLISIBLE",
    "regle-du-service",
    "Ce numéro de téléphone ne peut pas être appelé.",
    "Corrigez-le, ou laissez la case vide : il n’est pas obligatoire.",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class Joignable:
    """How a person is reached, if at all. `sans_danger`: a protected person's ways may be used."""

    nom: str
    telephone: str = ""
    adresse: tuple[str, ...] = ()
    langue: str = "fr"
    protege: bool = False
    sans_danger: bool = True

    @property
    def somehow(self) -> bool:
        """Whether anything can be sent."""
        return bool(self.telephone or self.adresse) and (self.sans_danger or not self.protege)


def new_reference(letter: str) -> str:
    """A reference to tell at once and to spell on the telephone: `R-XXXX-XXXX`."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{letter}-{drawn[:4]}-{drawn[4:]}"


def read_reference(typed: str, letter: str) -> str:
    """A reference as stored, typed with or without dashes, in any case."""
    letters = "".join(char for char in typed.upper() if char.isalnum()).removeprefix(letter)
    return f"{letter}-{letters[:4]}-{letters[4:8]}"


def e164(telephone: str, region: str = "FR") -> str:
    """The number as it is called from anywhere, or an empty text for none. Raises Refused(TELEPHONE_ILLISIBLE)."""
    if not telephone.strip():
        return ""
    try:
        number = phonenumbers.parse(telephone, region)
    except phonenumbers.NumberParseException:
        raise Refused(TELEPHONE_ILLISIBLE, champ="telephone") from None
    if not phonenumbers.is_possible_number(number):
        raise Refused(TELEPHONE_ILLISIBLE, champ="telephone")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def person_key(nom: str, telephone: str) -> str:
    """What tells one person from another without an account; empty without a telephone."""
    if not telephone:
        return ""
    return hashlib.sha256(f"{' '.join(nom.casefold().split())}\n{telephone}".encode()).hexdigest()


def publish(contact_id: str, who: Joignable) -> tuple[Entry, ...]:
    """The entry that lets notify reach this person, for the write of the act; none when nothing was given."""
    values = _values(contact_id, who)
    return (messages.contact(values),) if values else ()


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
        nom = f"{visite.prenoms} {visite.nom}".strip()
        return _values(contact_id, Joignable(nom, visite.telephone, tuple(visite.adresse)))
    return _values(contact_id, Joignable(others[-1].nom, others[-1].telephone)) if others else None


def _values(contact_id: str, who: Joignable) -> contact_pb2.Contact | None:
    if not who.somehow:
        return None
    ways = []
    if who.telephone:
        ways += [contact_pb2.CANAL_SMS, contact_pb2.CANAL_APPEL]
    if who.adresse:
        ways.append(contact_pb2.CANAL_LETTRE)
    # Several aggregates may publish the same person: the hour orders them, whatever the versions of each.
    version = int(clock.now().timestamp() * 1000)
    return contact_pb2.Contact(
        contact_id=contact_id,
        version=version,
        nom=who.nom,
        telephone=who.telephone,
        adresse=who.adresse,
        langue=who.langue,
        canaux=ways,
        protege=who.protege,
        canaux_confirmes=ways if who.protege else [],
    )


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
