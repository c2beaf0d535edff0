"""How a person without account is reached, and what she is told: entries of the write of the act itself."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from chassis import messages
from chassis.outbox import Entry, Fact
from personne.joindre import Joignable, contact
from sejour.contact.v1 import contact_pb2
from sejour.message.v1 import message_pb2
from services.ccc.cadre import cadre
from services.ccc.store import Saisine

REPONSE = "saisine_reponse"


def new_key() -> str:
    """The secret of a follow-up link: 192 bits."""
    return secrets.token_urlsafe(24)


def of_person(contact_id: str) -> contact_pb2.Contact | None:
    """The contact as the last ticket of this person gives it, for notify when it lost hers."""
    saisine = Saisine.objects(parcours_id=contact_id, contact_id=contact_id).order_by("-ouverture_time").first()
    return contact(contact_id, joignable(saisine)) if saisine else None


def joignable(saisine: Saisine) -> Joignable:
    """The ways that the person of a ticket gave to reach her."""
    return Joignable(
        nom=saisine.nom, courriel=saisine.courriel, telephone=saisine.telephone, adresse=tuple(saisine.adresse)
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
        # The ticket shows what became of an answer (`faits_recus`), and of nothing else.
        suivi=modele == REPONSE,
    )
    fact: Fact = messages.fact("ccc", asked, by=by)
    assert isinstance(fact.message, message_pb2.MessageDemande)
    return (fact,), fact.message.message_id
