"""What a person must be told: the acting service keeps the words in its history, the fact carries only ids.

The words travel once, beside the fact, sealed for `notify`, which checks their SHA-256. Where they did not come (a fact
read again in the log, a long text) notify fetches them by a service token, and retries while the source is down.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from google.protobuf.message import DecodeError
from pymongo.database import Database

from chassis import clock, logs, sealed
from chassis.inbox import CONTACT, CONTENU
from chassis.outbox import CONTACT as CONTACT_ENTRY
from chassis.outbox import FACT, Contact, Fact
from chassis.settings import Settings
from droit.decision import Genre, Motif, Refused
from sejour.contact.v1 import contact_pb2
from sejour.message.v1 import message_pb2

SENDER = "notify"
DEMANDE = ".message.demande"
# Under which an entry on its way holds the contact that goes with it; no history keeps it.
BESIDE = "contact"
# Longer words than so many characters do not travel: they are fetched.
LONGEST = 16_000
MESSAGE_INCONNU = Motif(
    "MESSAGE_INCONNU", "regle-du-service", "Ce message n’existe pas ici.", "Vérifiez sa référence.", Genre.INTROUVABLE
)


@dataclass(frozen=True)
class Notice:
    """What a person is to be told. `champs` fill notify's template `modele`; `pieces` are (name, path on our web).

    `suivi`: this service waits for the facts that it was handed and delivered; without it, what became of it is asked.
    """

    destinataire_id: str
    parcours_id: str
    modele: str
    champs: dict[str, Any] = field(default_factory=dict)
    pieces: tuple[tuple[str, str], ...] = ()
    demande_id: str = ""
    echeance: date | None = None
    acte_attendu: bool = False
    papier: bool = False
    suivi: bool = False
    # She was accompanied: unread after a while, it also goes by post or telephone (PAN-13).
    a_lire: bool = False


def fact(service: str, notice: Notice, by: str = "systeme") -> Fact:
    """The fact to put in the same write as the act that the person is told of."""
    message_id = clock.new_id()
    contenu = {
        "champs": notice.champs,
        "pieces": [{"nom": nom, "chemin": chemin} for nom, chemin in notice.pieces],
    }
    message = message_pb2.MessageDemande(
        message_id=message_id,
        destinataire_id=notice.destinataire_id,
        parcours_id=notice.parcours_id,
        modele=notice.modele,
        contenu_url=f"/{service}/interne/messages/{message_id}",
        contenu_sha256=digest(contenu),
        acte_attendu=notice.acte_attendu,
        demande_id=notice.demande_id,
        echeance_date=notice.echeance.isoformat() if notice.echeance else "",
        papier=notice.papier,
        suivi=notice.suivi,
        a_lire=notice.a_lire,
    )
    prive = {"message_id": message_id, "modele": notice.modele, "contenu": canonical(contenu)}
    return Fact(f"{service}.message.demande", message, by=by, private=prive)


def secret(settings: Settings, text: str) -> str:
    """A field that opens something, a code or a link: only who sends the message can read it."""
    return sealed.seal(settings, SENDER, text)


def canonical(contenu: dict[str, Any]) -> str:
    """The one JSON text of a content: sorted keys, no spaces, UTF-8."""
    return json.dumps(contenu, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def digest(contenu: dict[str, Any]) -> str:
    """SHA-256, hexadecimal, of the canonical JSON."""
    return hashlib.sha256(canonical(contenu).encode()).hexdigest()


def sealed_words(settings: Settings, entry: Mapping[str, Any]) -> dict[str, str]:
    """The headers under which the words of a message, and the contact of its person that the same act gave, travel with
    its fact; nothing for any other entry.
    """
    words = entry.get("prive", {}).get("contenu", "") if entry["subject"].endswith(DEMANDE) else ""
    texts = {CONTACT: base64.b64encode(entry.get(BESIDE, b"")).decode(), CONTENU: words}
    try:
        return {name: sealed.seal(settings, SENDER, text) for name, text in texts.items() if 0 < len(text) <= LONGEST}
    except (OSError, LookupError, ValueError) as error:
        # No key to seal them with: they are asked for, and the fact itself does not wait.
        logs.get().warning("messages.unsealed", error=type(error).__name__)
        return {}


def carry_contacts(outbox: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Gives the messages of one aggregate the contact that the same act first gave of their person: it then goes with
    them alone, and they never wait for it. Returns the event of each such contact, with its message's.

    A later value always goes by the stream, which keeps the last.
    """
    given = {e["subject"].removeprefix("contact."): e for e in outbox if e["kind"] == CONTACT_ENTRY and e.get("first")}
    carried: dict[str, str] = {}
    for entry in outbox if given else ():
        if entry["kind"] == FACT and entry["subject"].endswith(DEMANDE):
            contact = given.get(message_pb2.MessageDemande.FromString(entry["payload"]).destinataire_id)
            if contact is not None:
                entry[BESIDE] = contact["payload"]
                carried[contact["event_id"]] = entry["event_id"]
    return carried


def unsealed_contact(settings: Settings, contact: str, destinataire_id: str) -> contact_pb2.Contact | None:
    """The contact of this person that came with a message; None where none came."""
    if not contact:
        return None
    try:
        found = contact_pb2.Contact.FromString(base64.b64decode(sealed.unseal(settings, contact)))
    except (ValueError, DecodeError):
        return None
    return found if found.contact_id == destinataire_id else None


def unsealed_words(settings: Settings, contenu: str, sha256: str) -> dict[str, Any] | None:
    """The words that came with a fact; None where none came, or not those that it announces."""
    if not contenu:
        return None
    try:
        text = sealed.unseal(settings, contenu)
        found = json.loads(text)
    except ValueError:
        return None
    announced = hashlib.sha256(text.encode()).hexdigest() == sha256
    return found if announced and isinstance(found, dict) else None


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """Words are found by the id of their message."""
    db["faits"].create_index("prive.message_id", partialFilterExpression={"prive.message_id": {"$gt": ""}})


def content(db: Database[dict[str, Any]], message_id: str) -> str:
    """The canonical JSON of a message. It is in the log: the relay copies a fact there before it publishes it."""
    found = db["faits"].find_one({"prive.message_id": {"$eq": message_id, "$gt": ""}}, {"prive.contenu": 1})
    if found is None:
        raise Refused(MESSAGE_INCONNU)
    return str(found["prive"]["contenu"])


def contact(values: contact_pb2.Contact, *, first: bool = False) -> Contact:
    """The entry that publishes a person's contacts: last value per person, never in the history."""
    return Contact(f"contact.{values.contact_id}", values, first)
