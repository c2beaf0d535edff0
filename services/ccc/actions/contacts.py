"""How a person without account is reached, and what she is told: entries of the write of the act itself."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from chassis import clock, messages, outbox
from chassis.mongo import collection_of, insert_once, raw
from chassis.outbox import Entry, Fact
from chassis.web.who import Who
from personne.joindre import Joignable, contact
from sejour.ccc.v1 import events_pb2
from sejour.contact.v1 import contact_pb2
from sejour.message.v1 import message_pb2
from services.ccc.cadre import cadre
from services.ccc.rules import etats
from services.ccc.store import Message, Saisine

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


def is_copied(saisine: Saisine) -> bool:
    """Whether the préfecture reads this ticket: a blockage, of a known préfecture, without objection (CCC-14)."""
    return bool(saisine.prefecture and saisine.blocage_id) and not saisine.objection


def prefecture_in_words(saisine: Saisine) -> str:
    """What a message says of the préfecture."""
    if is_copied(saisine):
        return "La préfecture est informée de votre blocage."
    if saisine.objection:
        return "La préfecture n’est pas informée, comme vous l’avez demandé."
    return "La préfecture n’est pas informée de votre question."


def tell(
    saisine: Saisine, modele: str, champs: dict[str, Any], *, pieces: Sequence[tuple[str, str]] = (), by: str
) -> tuple[tuple[Entry, ...], str]:
    """The message to the person and its identifier; nothing when she left no way to be reached.

    Each says who answers, and whether the préfecture was informed (CCC-13).
    """
    if not saisine.contact_id:
        return (), ""
    return _message(saisine, saisine.contact_id, modele, champs, pieces, by)


def tell_holder(saisine: Saisine, usager_id: str, texte: str, *, by: str) -> tuple[tuple[Entry, ...], str]:
    """A message to the holder of a demande, by the ways of her account and without the link of the ticket."""
    return _message(saisine, usager_id, REPONSE, {"texte": texte, "lien": ""}, (), by)


def _message(
    saisine: Saisine, contact_id: str, modele: str, champs: dict[str, Any], pieces: Sequence[tuple[str, str]], by: str
) -> tuple[tuple[Entry, ...], str]:
    asked = messages.Notice(
        contact_id,
        saisine.parcours_id,
        modele,
        {
            "reference": saisine.reference,
            "lien": suivi_url(saisine),
            "qui_repond": etats.QUI_REPOND,
            "prefecture": prefecture_in_words(saisine),
            **champs,
        },
        pieces=tuple(pieces),
        demande_id=saisine.demande_id,
        # The ticket shows what became of an answer (`faits_recus`), and of nothing else.
        suivi=modele == REPONSE,
    )
    fact: Fact = messages.fact("ccc", asked, by=by)
    assert isinstance(fact.message, message_pb2.MessageDemande)
    return (fact,), fact.message.message_id


def answered(saisine: Saisine, issue: str, *, by: str) -> Fact:
    """The ticket says that its person was answered, and by which duty; its fact, for the write of the act."""
    saisine.state, saisine.issue, saisine.refus_date = etats.REPONDUE, issue, None
    if saisine.reponse_date is None:
        saisine.reponse_date = clock.today()
        saisine.reponse_jours = (saisine.reponse_date - saisine.ouverture_date).days
    return Fact("ccc.saisine.repondue", events_pb2.SaisineRepondue(saisine_id=saisine.id), by=by)


def keep_answer(
    saisine: Saisine, texte: str, message_id: str, who: Who, *, request_id: str, citation: str = ""
) -> None:
    """A message of the centre in the thread, once however often it is repeated."""
    message = Message(
        id=outbox.id_for(request_id, "message"),
        saisine_id=saisine.id,
        time=clock.now(),
        jour_date=clock.today(),
        auteur=etats.DU_CENTRE,
        par=who.id,
        texte=texte,
        citation=citation,
        message_id=message_id,
    )
    insert_once(collection_of(Message), raw(message))
