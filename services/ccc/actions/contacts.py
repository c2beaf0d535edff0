"""How a person without account is reached, and what she is told: entries of the write of the act itself."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from chassis import clock, messages
from chassis.outbox import Entry, Fact
from droit.decision import Genre, Motif, Refused
from sejour.contact.v1 import contact_pb2
from sejour.message.v1 import message_pb2
from services.ccc.cadre import cadre
from services.ccc.store import Saisine

_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"

CONTACT_ILLISIBLE = Motif(
    "CONTACT_ILLISIBLE",
    "regle-du-service",
    "Cette adresse ou ce numéro ne peut pas servir.",
    "Corrigez-le, ou laissez la case vide : gardez alors votre référence.",
    Genre.INVALIDE,
)


def new_reference() -> str:
    """A reference to tell at once and to spell on the telephone: `C-XXXX-XXXX`."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"C-{drawn[:4]}-{drawn[4:]}"


def new_key() -> str:
    """What the link of a follow-up page holds: 192 bits."""
    return secrets.token_urlsafe(24)


def read_courriel(typed: str) -> str:
    """The address as it can be written to; an empty text for none. Raises Refused(CONTACT_ILLISIBLE)."""
    if not typed.strip():
        return ""
    try:
        return validate_email(
            typed.strip(), check_deliverability=False, test_environment=not cadre().production
        ).normalized
    except EmailNotValidError:
        raise Refused(CONTACT_ILLISIBLE, champ="courriel") from None


def read_telephone(typed: str) -> str:
    """The number as it is called from anywhere (E.164); an empty text for none. Raises Refused(CONTACT_ILLISIBLE)."""
    if not typed.strip():
        return ""
    try:
        number = phonenumbers.parse(typed, "FR")
    except phonenumbers.NumberParseException:
        raise Refused(CONTACT_ILLISIBLE, champ="telephone") from None
    if not phonenumbers.is_possible_number(number):
        raise Refused(CONTACT_ILLISIBLE, champ="telephone")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def read_free(typed: str) -> tuple[str, str]:
    """(address, number) of one free field; what is neither is left out, since a stuck person is not stopped by it."""
    for read, place in ((read_courriel, 0), (read_telephone, 1)):
        try:
            value = read(typed)
        except Refused:
            continue
        return (value, "") if place == 0 else ("", value)
    return "", ""


def publish(contact_id: str, nom: str, courriel: str, telephone: str) -> tuple[Entry, ...]:
    """Lets notify reach this person; none when she gave no way."""
    values = _values(contact_id, nom, courriel, telephone)
    return (messages.contact(values),) if values else ()


def of_person(contact_id: str) -> contact_pb2.Contact | None:
    """The contact as the last ticket of this person gives it, for notify when it lost hers."""
    saisine = Saisine.objects(parcours_id=contact_id, contact_id=contact_id).order_by("-ouverture_time").first()
    return _values(contact_id, saisine.nom, saisine.courriel, saisine.telephone) if saisine else None


def _values(contact_id: str, nom: str, courriel: str, telephone: str) -> contact_pb2.Contact | None:
    ways = [contact_pb2.CANAL_COURRIEL] if courriel else []
    ways += [contact_pb2.CANAL_SMS, contact_pb2.CANAL_APPEL] if telephone else []
    if not ways:
        return None
    # Several tickets may publish the same person: the hour orders them.
    return contact_pb2.Contact(
        contact_id=contact_id,
        version=int(clock.now().timestamp() * 1000),
        nom=nom,
        courriel=courriel,
        telephone=telephone,
        langue="fr",
        canaux=ways,
    )


def suivi_url(saisine: Saisine) -> str:
    """The secret link of the ticket."""
    return f"{cadre().settings.public_url}/ccc/suivi/{saisine.suivi_cle}"


def tell(
    saisine: Saisine, modele: str, champs: dict[str, Any], *, pieces: Sequence[tuple[str, str]] = (), by: str
) -> tuple[tuple[Entry, ...], str]:
    """The message to the person and its identifier; nothing when she left no way to be reached."""
    if not saisine.contact_id:
        return (), ""
    asked = messages.Notice(
        saisine.contact_id,
        saisine.parcours_id,
        modele,
        {"reference": saisine.reference, "lien": suivi_url(saisine), **champs},
        pieces=tuple(pieces),
        demande_id=saisine.demande_id,
    )
    fact: Fact = messages.fact("ccc", asked, by=by)
    assert isinstance(fact.message, message_pb2.MessageDemande)
    return (fact,), fact.message.message_id
