"""What agents may do with an automatic message: change its words, withdraw it, rectify it afterwards (NOT-07)."""

from __future__ import annotations

from chassis import clock, hours, outbox
from chassis.mongo import find
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Motif, Refused
from sejour.message.v1 import message_pb2
from sejour.notify.v1 import events_pb2
from services.notify import inputs, rules, store, textes
from services.notify.actions import acces, contacts
from services.notify.store import Message

RETIRE = "RETIRE_PAR_UN_AGENT"
AUCUNE_ADRESSE = Motif(
    "AUCUNE_ADRESSE",
    "regle-du-service",
    "Aucune adresse ne permet de joindre cette personne.",
    "Demandez-lui une adresse, un numéro, ou la voie qu’elle confirme, puis recommencez.",
)


def withdraw(message_id: str, motif: str, who: Who, *, request_id: str) -> bool:
    """Withdraws what has not left; False when everything had left already."""
    return cancel(acces.access_message(message_id, "changer", who).id, motif, who.subject, request_id=request_id)


@outbox.retry_conflicts
def cancel(message_id: str, motif: str, by: str, *, request_id: str) -> bool:
    """The same, for a caller already let in (another service on behalf of its agent)."""
    message = find(Message, id=message_id)
    if message is None:
        return False
    if outbox.already(message, request_id):
        return bool(message.state == rules.ANNULE)
    if message.state not in (rules.A_PLANIFIER, rules.PLANIFIE, rules.REJETE) or _all_left(message):
        return False
    message.state = rules.ANNULE
    message.cause = RETIRE
    message.suite_time = None
    message.a_ouvrir = []
    outbox.update(
        message,
        Fact(
            "notify.message.annule",
            message_pb2.MessageAnnule(message_id=message.id),
            by=by,
            private={"motif": motif[:500]},
        ),
        request_id=request_id,
    )
    store.wake_envois(message_id=message_id)
    return True


@outbox.retry_conflicts
def change_text(message_id: str, texte: inputs.Texte, who: Who, *, request_id: str) -> Message:
    """Gives a message other words before anything was handed to a carrier. The words themselves stay out of the log."""
    message = acces.access_message(message_id, "changer", who)
    if outbox.already(message, request_id):
        return message
    rules.may_change_text(message.state, message.engage_time is not None).or_refuse()
    words = {
        "objet": " ".join(texte.objet.split()),
        "corps": texte.corps.replace("\r", ""),
        "sms": " ".join(texte.sms.split()),
    }
    message.textes = words
    message.modifie_par = who.subject
    return outbox.update(
        message,
        Fact("notify.message.modifie", events_pb2.MessageModifie(message_id=message.id), by=who.subject),
        request_id=request_id,
    )


def rectify(message_id: str, texte: str, who: Who, *, request_id: str) -> Message:
    """Sends a second message that corrects one that has left: what was sent is never rewritten."""
    message = acces.access_message(message_id, "changer", who)
    rules.may_rectify(message.engage_time is not None).or_refuse()
    champs = {
        "objet_rectifie": message.textes.get("objet", ""),
        "envoi_date": hours.local(message.engage_time, acces.fuseau_of(message.parcours_id)).date().isoformat(),
        "texte": texte,
        "reference": message.reference or "",
    }
    return outbox.insert(
        Message(
            id=outbox.id_for(request_id, "message"),
            parcours_id=message.parcours_id,
            source="notify",
            destinataire_id=message.destinataire_id,
            modele=textes.RECTIFICATIF,
            champs=champs,
            acte_attendu=message.acte_attendu,
            demande_id=message.demande_id,
            echeance_date=message.echeance_date,
            papier=message.papier,
            cree_time=clock.now(),
            state=rules.A_PLANIFIER,
            suite_time=clock.now(),
            rectifie_id=message.id,
        ),
        Fact(
            "notify.message.rectifie",
            events_pb2.MessageRectifie(message_id=outbox.id_for(request_id, "message"), rectifie_id=message.id),
            by=who.subject,
        ),
        request_id=request_id,
    )


@outbox.retry_conflicts
def try_again(message_id: str, who: Who, *, request_id: str) -> Message:
    """Tries a message that reached nobody again, from its first way; refused addresses are tried again too."""
    message = acces.access_message(message_id, "changer", who)
    if outbox.already(message, request_id):
        return message
    rules.may_try_again(message.state).or_refuse()
    contact = contacts.find(message.destinataire_id)
    if contact is None or contact.efface:
        raise Refused(acces.MESSAGE_ABSENT)
    store.forgive_addresses(message.destinataire_id)
    opened = rules.first_ways(contacts.ways(contact), message.voies, papier=message.papier)
    if not opened:
        raise Refused(AUCUNE_ADRESSE)
    message.state = rules.PLANIFIE
    message.cause = ""
    message.tour += 1
    message.a_ouvrir = list(opened)
    message.suite_time = clock.now()
    return outbox.update(message, request_id=request_id)


def _all_left(message: Message) -> bool:
    """Whether nothing of this message can still be held back."""
    waits = message.a_ouvrir and message.suite_time is not None
    if message.state != rules.PLANIFIE or waits or message.engage_time is None:
        return False
    now = clock.now()
    return not any(
        envoi.state == rules.A_REMETTRE and (envoi.bail_time is None or envoi.bail_time < now)
        for envoi in store.envois_of([message.id])
    )
