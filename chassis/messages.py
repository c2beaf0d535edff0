"""What a person must be told: the acting service keeps the words in its history, the fact carries only ids.

`notify` fetches the words by a service token when it plans the message, checks their SHA-256, keeps them, and retries
while the source is down.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pymongo.database import Database

from chassis import clock, sealed
from chassis.outbox import Contact, Fact
from chassis.settings import Settings
from droit.decision import Genre, Motif, Refused
from sejour.contact.v1 import contact_pb2
from sejour.message.v1 import message_pb2

SENDER = "notify"
MESSAGE_INCONNU = Motif(
    "MESSAGE_INCONNU", "regle-du-service", "Ce message n’existe pas ici.", "Vérifiez sa référence.", Genre.INTROUVABLE
)


@dataclass(frozen=True)
class Notice:
    """What a person is to be told. `champs` fill notify's template `modele`; `pieces` are (name, path on our web)."""

    destinataire_id: str
    parcours_id: str
    modele: str
    champs: dict[str, Any] = field(default_factory=dict)
    pieces: tuple[tuple[str, str], ...] = ()
    demande_id: str = ""
    echeance: date | None = None
    acte_attendu: bool = False
    papier: bool = False


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


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """Words are found by the id of their message."""
    db["faits"].create_index("prive.message_id", partialFilterExpression={"prive.message_id": {"$gt": ""}})


def content(db: Database[dict[str, Any]], message_id: str) -> str:
    """The canonical JSON of a message. It is in the log: the relay copies a fact there before it publishes it."""
    found = db["faits"].find_one({"prive.message_id": {"$eq": message_id, "$gt": ""}}, {"prive.contenu": 1})
    if found is None:
        raise Refused(MESSAGE_INCONNU)
    return str(found["prive"]["contenu"])


def contact(values: contact_pb2.Contact) -> Contact:
    """The entry that publishes a person's contacts: last value per person, never in the history."""
    return Contact(f"contact.{values.contact_id}", values)
