"""One guarded way to each object: who may see or touch a message or a sending, by role and préfecture (XCT-07)."""

from __future__ import annotations

from chassis.mongo import find
from chassis.web.who import AGENT, Who
from droit.catalogue import catalogue
from droit.decision import Genre, Motif, Refused
from services.notify import rules, store
from services.notify.store import Envoi, Message, Parcours

MESSAGE_ABSENT = Motif(
    "MESSAGE_ABSENT",
    "regle-du-service",
    "Ce message n’existe pas, ou n’existe plus.",
    "Vérifiez sa référence, ou cherchez le dossier.",
    Genre.INTROUVABLE,
)
ENVOI_ABSENT = Motif(
    "ENVOI_ABSENT",
    "regle-du-service",
    "Cet envoi n’existe pas, ou n’existe plus.",
    "Revenez à la file et rechargez-la.",
    Genre.INTROUVABLE,
)


def check_act(acte: str, who: Who) -> None:
    """Raises Refused(ACTE_INTERDIT) unless the roles of this agent allow the act somewhere."""
    rules.may_act(acte, who.roles if who.kind == AGENT else ()).or_refuse()


def check_parcours(acte: str, parcours_id: str, who: Who) -> None:
    """Raises Refused(ACTE_INTERDIT) unless this agent may do the act on this parcours."""
    roles = who.roles if who.kind == AGENT else frozenset()
    rules.may_act_on(acte, roles, who.prefectures, prefectures_of(parcours_id)).or_refuse()


def may_see(acte: str, parcours_id: str, who: Who) -> bool:
    """Whether a line of a queue is shown to this agent."""
    return rules.may_act_on(acte, who.roles, who.prefectures, prefectures_of(parcours_id)).accepted


def access_message(message_id: str, acte: str, who: Who) -> Message:
    """The message, for an agent who may do this act on it."""
    check_act(acte, who)
    message = find(Message, id=message_id)
    if message is None:
        raise Refused(MESSAGE_ABSENT)
    check_parcours(acte, message.parcours_id, who)
    return message


def access_envoi(envoi_id: str, acte: str, canal: str, who: Who) -> Envoi:
    """The sending by this way, for an agent who may do this act on it."""
    check_act(acte, who)
    envoi = find(Envoi, id=envoi_id, canal=canal)
    if envoi is None:
        raise Refused(ENVOI_ABSENT)
    check_parcours(acte, envoi.parcours_id, who)
    return envoi


def prefectures_of(parcours_id: str) -> frozenset[str]:
    """The préfectures that this parcours concerns, as far as facts have told."""
    parcours = find(Parcours, id=parcours_id)
    return frozenset(parcours.prefectures) if parcours is not None else frozenset()


def titres_of(parcours_id: str) -> frozenset[str]:
    """The titles that this parcours asks for, as far as facts have told."""
    parcours = find(Parcours, id=parcours_id)
    return frozenset(parcours.titres) if parcours is not None else frozenset()


def fuseau_of(parcours_id: str) -> str:
    """The time zone of the préfectures that this parcours concerns; empty where they have none in common."""
    found = {catalogue().fuseau(code) for code in prefectures_of(parcours_id)}
    return found.pop() if len(found) == 1 else ""


def joined(parcours_id: str) -> list[str]:
    """This parcours and those of the same person, however many joinings lie between."""
    return sorted({parcours_id, *store.joined_to(parcours_id)})
