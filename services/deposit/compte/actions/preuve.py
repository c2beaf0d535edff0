"""A second proof that is not in the mailbox: codes on paper, asked for after a recovery by link (DEP-08)."""

from __future__ import annotations

import hmac
from hashlib import sha256

from chassis import clock, mongo, outbox
from chassis.outbox import Fact
from chassis.web.sessions import token_hash
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from personne.reference import new_code
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.compte.actions import recuperation
from services.deposit.dossier.actions.acces import access_usager
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.usager import Usager

CODES = 6
A_PROUVER = "a-prouver:"

CODE_PAPIER_REFUSE = Motif(
    "CODE_PAPIER_REFUSE",
    "ddd-2024-12-11",
    "Ce code n’est pas un de vos codes, ou il a déjà servi.",
    "Regardez votre feuille. Sans elle, un agent vérifie votre identité et vous rend votre espace.",
    Genre.INVALIDE,
)


@outbox.retry_conflicts
def give_codes(usager_id: str, who: Who, *, request_id: str, count: int = CODES) -> list[str]:
    """Gives codes to keep on paper; earlier ones become void, and only hashes are stored."""
    usager = access_usager(usager_id, who, acces.ACT)
    codes = [new_code() for _ in range(count)]
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet="CODES_PAPIER")
    usager.codes_papier, usager.codes_date = [mark_of(code) for code in codes], clock.today()
    outbox.update(usager, Fact("deposit.compte.modifie", changed, by=who.subject), request_id=request_id)
    return codes


def recover(token: str, password: str) -> Usager:
    """A new password by a link; what was written before stays closed until a second proof. Raises Refused.

    Closed before the password changes: a stop between the two leaves the content closed, never open.
    """
    live = {"_id": token_hash(token), "expire_time": {"$gt": clock.now()}}
    found = mongo.database(ALIAS)["recuperations"].find_one(live)
    # A link that a desk has just sent follows an identity check: that is the second proof.
    if found is not None and not found.get("prouve"):
        _close(found["usager_id"], request_id=f"preuve:{found['_id']}")
    return recuperation.recover(token, password)


def is_closed(usager: Usager) -> bool:
    """Whether a second proof is still asked for; an e-mail changed after an identity check counts as one."""
    return waits_for_proof(usager.second_facteur, usager.courriel)


def waits_for_proof(second_facteur: str | None, courriel: str | None) -> bool:
    """The same, of an account read in part."""
    return bool(second_facteur) and second_facteur == _state(courriel)


@outbox.retry_conflicts
def prove(usager_id: str, code: str, who: Who, *, request_id: str) -> Usager:
    """A code of the paper opens the content again, and serves once. Raises Refused(CODE_PAPIER_REFUSE)."""
    usager = access_usager(usager_id, who, acces.ACT)
    if outbox.already(usager, request_id):
        return usager
    mark = mark_of(code)
    if mark not in usager.codes_papier:
        raise Refused(CODE_PAPIER_REFUSE, champ="code")
    usager.codes_papier.remove(mark)
    return _opened(usager, who.subject, request_id)


@outbox.retry_conflicts
def accept_identity(usager_id: str, *, by: str, request_id: str) -> Usager:
    """An agent has checked the identity: that is the second proof."""
    usager: Usager = Usager.objects(id=usager_id).first()
    return usager if outbox.already(usager, request_id) else _opened(usager, by, request_id)


@outbox.retry_conflicts
def _close(usager_id: str, *, request_id: str) -> None:
    usager: Usager = Usager.objects(id=usager_id).first()
    if not outbox.already(usager, request_id):
        usager.second_facteur = _state(usager.courriel)
        outbox.update(usager, request_id=request_id)


def _opened(usager: Usager, by: str, request_id: str) -> Usager:
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet="SECONDE_PREUVE")
    fact = Fact("deposit.compte.modifie", changed, by=by)
    usager.second_facteur = ""
    return outbox.update(usager, fact, request_id=request_id)


def _state(courriel: str | None) -> str:
    return A_PROUVER + token_hash(courriel or "")[:16]


def mark_of(code: str) -> str:
    """The hash kept of a code, however the code is typed."""
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    return hmac.new(cadre().settings.secret, typed.encode(), sha256).hexdigest()
