"""A person without account: her parcours, her contact and her reference are minted by whoever meets her first."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date

import phonenumbers

from chassis import clock, messages
from chassis.outbox import Entry
from droit.decision import Genre, Motif, Refused
from sejour.contact.v1 import contact_pb2

# Crockford's alphabet without vowels: nothing that is misheard on the telephone, no accidental word.
_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
_LETTERS = 8

TELEPHONE_ILLISIBLE = Motif(
    "TELEPHONE_ILLISIBLE",
    "regle-du-service",
    "Ce numéro de téléphone ne peut pas être appelé.",
    "Corrigez-le, ou laissez la case vide : il n’est pas obligatoire.",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class Identite:
    """Who the person is, as she says or as a paper shows; all of it may be empty at the opening."""

    nom: str = ""
    prenoms: str = ""
    naissance: date | None = None
    nationalite: str = ""
    numero_etranger: str = ""


@dataclass(frozen=True)
class Joignable:
    """How a person is reached; all of it may be empty."""

    telephone: str = ""
    courriel: str = ""
    adresse: tuple[str, ...] = ()
    langue: str = "fr"

    @property
    def somehow(self) -> bool:
        """Whether anything can be sent."""
        return bool(self.telephone or self.courriel or self.adresse)


def new_reference() -> str:
    """A reference to tell at once and to spell on the telephone: `V-XXXX-XXXX`."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))
    return f"V-{drawn[:4]}-{drawn[4:]}"


def read_reference(typed: str) -> str:
    """A reference as stored, typed with or without dashes, in any case."""
    letters = "".join(char for char in typed.upper() if char.isalnum())[-_LETTERS:]
    return f"V-{letters[:4]}-{letters[4:]}"


def plain(name: str) -> str:
    """A name for comparing: no accents, no case, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(bare.casefold().replace("-", " ").replace("’", " ").replace("'", " ").split())


def identity_key(nom: str, naissance: date | None) -> str:
    """What finds a person by name and birth without keeping them in an index; empty without both."""
    if not nom.strip() or naissance is None:
        return ""
    return hashlib.sha256(f"{plain(nom)}\n{naissance.isoformat()}".encode()).hexdigest()


def e164(telephone: str) -> str:
    """The number as it is called from anywhere, or an empty text for none. Raises Refused(TELEPHONE_ILLISIBLE)."""
    if not telephone.strip():
        return ""
    try:
        number = phonenumbers.parse(telephone, "FR")
    except phonenumbers.NumberParseException:
        raise Refused(TELEPHONE_ILLISIBLE, champ="telephone") from None
    if not phonenumbers.is_possible_number(number):
        raise Refused(TELEPHONE_ILLISIBLE, champ="telephone")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def read_contact(typed: str) -> Joignable:
    """What somebody wrote in one box: an e-mail, a telephone, or else an address; never a reason to stop her."""
    text = typed.strip()
    if "@" in text and " " not in text:
        return Joignable(courriel=text[:200])
    try:
        return Joignable(telephone=e164(text))
    except Refused:
        return Joignable(
            adresse=tuple(line.strip()[:200] for line in text.replace(",", "\n").splitlines() if line.strip())
        )


def publish(contact_id: str, nom: str, joignable: Joignable, *, papier: bool) -> tuple[Entry, ...]:
    """The entry that lets notify reach this person, for the write of the act; none when nothing was given.

    `papier`: letters and calls come first, for who uses nothing else.
    """
    values = contact_of(contact_id, nom, joignable, papier=papier)
    return (messages.contact(values),) if values else ()


def contact_of(contact_id: str, nom: str, joignable: Joignable, *, papier: bool) -> contact_pb2.Contact | None:
    """The contact as it stands now; None when nothing was given."""
    if not joignable.somehow:
        return None
    ways = []
    if joignable.courriel:
        ways.append(contact_pb2.CANAL_COURRIEL)
    if joignable.telephone:
        ways.append(contact_pb2.CANAL_SMS)
    slow = [contact_pb2.CANAL_LETTRE] if joignable.adresse else []
    slow += [contact_pb2.CANAL_APPEL] if joignable.telephone else []
    return contact_pb2.Contact(
        contact_id=contact_id,
        # Several routes may publish the same person: the hour orders them, whatever the versions of each.
        version=int(clock.now().timestamp() * 1000),
        nom=nom,
        courriel=joignable.courriel,
        telephone=joignable.telephone,
        adresse=joignable.adresse,
        langue=joignable.langue,
        canaux=[*slow, *ways] if papier else [*ways, *slow],
    )
