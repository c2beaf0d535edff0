"""A lost password: the answer is the same whether an account exists or not (CASE: nobody learns who has an account)."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any

from pymongo.database import Database

from chassis import clock, messages, mongo, outbox
from chassis.outbox import Entry
from chassis.web.sessions import token_hash
from droit.decision import Genre, Motif, Refused
from sejour.contact.v1 import contact_pb2
from services.deposit.blocage.actions import messages_perdus
from services.deposit.cadre import cadre
from services.deposit.compte.actions import comptes
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.usager import Usager

BY_MACHINE = frozenset({contact_pb2.CANAL_COURRIEL, contact_pb2.CANAL_SMS})
RECUPERATION = timedelta(minutes=30)
# A link that a desk sends to an address it has just bound: the person may read it at home.
RATTACHEMENT = timedelta(hours=24)

LIEN_EXPIRE = Motif(
    "LIEN_EXPIRE",
    "regle-du-service",
    "Ce lien ne marche plus.",
    "Demandez un nouveau lien. S’il n’arrive pas, appuyez sur « Je n’y arrive pas ».",
    Genre.INVALIDE,
)


def ask(login: str, *, request_id: str) -> None:
    """Sends a link by the person's own way when this identifier, number or e-mail has one; says nothing (DEP-04)."""
    usager = comptes.find(login)
    if usager is None or usager.gele:
        return
    send(usager.id, request_id=request_id)
    if not _ways(usager) & BY_MACHINE:
        messages_perdus.on_slow_link(comptes.usager_by_id(usager.id), clock.today())


@outbox.retry_conflicts
def send(usager_id: str, *, request_id: str, prouve: bool = False) -> str:
    """A recovery link goes by the person's own way; its delivery is followed: not delivered, it is a blocage
    (DEP-04).
    """
    usager = comptes.usager_by_id(usager_id)
    if outbox.already(usager, request_id):
        return ""
    token, sent = links(usager, prouve=prouve)
    outbox.update(usager, *sent, request_id=request_id)
    return token


def links(usager: Usager, *, prouve: bool = False) -> tuple[str, tuple[Entry, ...]]:
    """A link by each of her ways, each of its own and living long enough for it, and the message that carries them.

    `prouve`: a desk has just checked who she is, and the first link serves a day instead of half an hour. One that
    leaves when another gave no proof, a day too; one by post, P-LIEN-POSTE days. The first used ends the others.
    """
    ways, valable = _ways(usager), RATTACHEMENT if prouve else RECUPERATION
    token, lien = _link(usager, valable, prouve)
    champs: dict[str, Any] = {"lien": lien, "duree_minutes": int(valable.total_seconds() // 60)}
    if contact_pb2.CANAL_SMS in ways:
        by_sms = RATTACHEMENT if contact_pb2.CANAL_COURRIEL in ways else valable
        champs["lien_sms"] = _link(usager, by_sms, prouve)[1]
        champs["duree_sms_minutes"] = int(by_sms.total_seconds() // 60)
    if contact_pb2.CANAL_LETTRE in ways:
        days = cadre().number("P-LIEN-POSTE", clock.today())
        # To the end of that day, wherever she lives.
        champs["lien_poste"] = _link(usager, timedelta(days=days + 1), prouve)[1]
        champs["fin_poste_date"] = (clock.today() + timedelta(days=days)).isoformat()
    notice = comptes.notice_fact(usager, "recuperation", champs, acte_attendu=True, en_personne=True)
    usager.recuperation = {"message_id": notice.private["message_id"], "faite": False}
    return token, (notice, *comptes.own_contact(usager))


def paper_link(usager: Usager, *, request_id: str, keep: bool) -> str:
    """A link for who has no e-mail: an address in digits, given on paper by a desk that has checked who she is.

    A repeat of the command gives the same one; `keep` opens it.
    """
    digest = hmac.new(cadre().settings.secret, f"retour:{request_id}".encode(), sha256).digest()
    digits = f"{int.from_bytes(digest[:8]) % 10**16:016d}"
    token = "-".join(digits[start : start + 4] for start in range(0, len(digits), 4))
    return _keep(usager, token, RATTACHEMENT, prouve=True) if keep else _address(token)


def recover(token: str, password: str) -> Usager:
    """Sets a new password by a link that serves once; every session ends."""
    link = token_hash(token)
    found = mongo.database(ALIAS)["recuperations"].find_one_and_delete(
        {"_id": link, "expire_time": {"$gt": clock.now()}}
    )
    if found is None:
        raise Refused(LIEN_EXPIRE)
    usager_id = found["usager_id"]
    mongo.database(ALIAS)["recuperations"].delete_many({"usager_id": usager_id})
    return comptes.replace_password(usager_id, password, f"usager:{usager_id}", f"recuperation:{link}", by_link=True)


def end_links(usager_id: str) -> None:
    """Recovery links already sent serve no more, except the one that a desk has just sent."""
    mongo.database(ALIAS)["recuperations"].delete_many({"usager_id": usager_id, "prouve": {"$ne": True}})


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """Recovery links end by themselves, or all those of a person at once."""
    db["recuperations"].create_index("expire_time", expireAfterSeconds=0)
    db["recuperations"].create_index("usager_id")


def _ways(usager: Usager) -> set[int]:
    """The ways by which a link to come back in may go."""
    return set(usager.canaux_confirmes if usager.protege else usager.canaux)


def _link(usager: Usager, valable: timedelta, prouve: bool) -> tuple[str, str]:
    token = secrets.token_urlsafe(32)
    # Only who sends it can read it.
    return token, messages.secret(cadre().settings, _keep(usager, token, valable, prouve))


def _keep(usager: Usager, token: str, valable: timedelta, prouve: bool) -> str:
    end = clock.now() + valable
    link = {"_id": token_hash(token), "usager_id": usager.id, "expire_time": end, "prouve": prouve}
    mongo.insert_once(mongo.database(ALIAS)["recuperations"], link)
    return _address(token)


def _address(token: str) -> str:
    return f"{cadre().settings.public_url}/deposit/recuperation/{token}"
