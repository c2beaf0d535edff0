"""The person for whom a session or an API token speaks, as deposit knows her now; and her own, which she may end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chassis import mongo
from chassis.mongo import collection_of
from chassis.web import sessions
from chassis.web.sessions import Accounts, Opened, Session
from chassis.web.who import AIDANT, USAGER, Who
from droit.decision import Genre, Motif, Refused
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.usager import Structure, Usager

CONNEXION_FINIE = Motif(
    "CONNEXION_FINIE",
    "regle-du-service",
    "Cette connexion est déjà finie, ou n’est pas la vôtre.",
    "Rechargez la liste : elle montre celles qui restent.",
    Genre.INTROUVABLE,
)
# What a request asks of a person: her name for her own screen, whether she is frozen, whether a proof is awaited.
ACCOUNTS = Accounts("usagers", ("prenoms", "nom", "gele", "second_facteur", "courriel"))


def account_of(session: Session) -> Mapping[str, Any] | None:
    """The account of the person of this session, read with it; only a session opened in this very request needs a
    command.
    """
    if session.account is not None:
        return session.account
    return collection_of(Usager).find_one({"_id": session.subject}, dict.fromkeys(ACCOUNTS.fields, 1))


def who_of_session(session: Session) -> Who | None:
    """The person of a session, unless her account is frozen or gone; a helper with her structure, unless it was cut
    off.
    """
    if session.kind == USAGER:
        usager = account_of(session)
        if usager is None or usager.get("gele"):
            return None
        return Who(kind=USAGER, id=session.subject, nom=f"{usager.get('prenoms', '')} {usager['nom']}".strip())
    if session.kind == AIDANT:
        structure_id, _, login = session.subject.partition("/")
        structure = Structure.objects(id=structure_id, active=True).first()
        member = next((m for m in structure.membres if m["login"] == login and m["actif"]), None) if structure else None
        if structure is None or member is None:
            return None
        return Who(
            kind=AIDANT,
            id=login,
            structure_id=structure.id,
            nom=member["nom"],
            acts_for=str(session.data.get("pour", "")),
        )
    return None


def opened_by(who: Who) -> Sequence[Opened]:
    """Where she is signed in now."""
    return sessions.opened(mongo.database(ALIAS), who.id, USAGER)


def end(session_id: str, who: Who) -> None:
    """Ends one of hers, at once. Raises Refused(CONNEXION_FINIE)."""
    if not sessions.end_some(mongo.database(ALIAS), who.id, USAGER, [session_id]):
        raise Refused(CONNEXION_FINIE)


def end_others(own: str, who: Who) -> int:
    """Ends all of hers but the one that asks; how many."""
    others = [each.id for each in opened_by(who) if each.id != own]
    return sessions.end_some(mongo.database(ALIAS), who.id, USAGER, others)
