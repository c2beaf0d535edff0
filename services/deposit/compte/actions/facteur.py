"""A second factor for who wants one: an application, a sheet of codes, or a code by message. Off until it is chosen.

Whatever it is, a code of the sheet is accepted too, and a desk takes a lost one away the same day: nobody is locked
out. A protected person's messages say nothing, hence carry no code.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import date, timedelta
from typing import Any

import pyotp
from pymongo.database import Database

from chassis import agents, clock, messages, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from sejour.contact.v1 import contact_pb2
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.compte.actions import comptes, preuve
from services.deposit.dossier.actions.acces import access_usager
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.usager import Usager

APPLICATION, PAPIER, MESSAGE = "APPLICATION", "PAPIER", "MESSAGE"
# A code a sign-in: a sheet of six would last a week.
FEUILLE = 20
CODE_VALABLE = timedelta(minutes=10)
EMETTEUR = "Séjour"
MESSAGERIES = frozenset({contact_pb2.CANAL_COURRIEL, contact_pb2.CANAL_SMS})

CODE_DE_CONNEXION_REFUSE = Motif(
    "CODE_DE_CONNEXION_REFUSE",
    "regle-du-service",
    "Ce code n’est pas le bon, ou il a déjà servi.",
    "Recommencez, ou donnez un code de votre feuille. Sans code, un agent vous rend votre compte le jour même.",
    Genre.NON_AUTHENTIFIE,
)
CODE_ATTENDU = Motif(
    "CODE_ATTENDU",
    "regle-du-service",
    "Vous avez choisi une seconde vérification : un code est demandé.",
    "Donnez le code de votre application, de votre feuille ou du message.",
    Genre.NON_AUTHENTIFIE,
)
FACTEUR_RECENT = Motif(
    "FACTEUR_RECENT",
    "regle-du-service",
    "Ces codes ont été choisis trop peu de temps avant que ce compte soit contesté : ils ne suffisent pas ici.",
    "Un agent vérifie votre papier d’identité et rouvre votre compte le jour même, dans un point d’accueil ou à la "
    "préfecture.",
    Genre.INTERDIT,
)
DEJA_CHOISI = Motif(
    "DEJA_CHOISI",
    "regle-du-service",
    "Une application donne déjà vos codes.",
    "Pour en changer, retirez d’abord la seconde vérification.",
)
MESSAGE_IMPOSSIBLE = Motif(
    "MESSAGE_IMPOSSIBLE",
    "ddd-2024-12-11",
    "Un code par message n’est pas possible pour ce compte.",
    "Choisissez la feuille de codes ou une application.",
)


def required(usager: Usager, *, doubted: bool = False) -> bool:
    """Whether a code is asked for after the password; not when it could reach nobody.

    `doubted`: somebody tries passwords on this account from elsewhere. Who chose no second factor is then sent a code;
    who cannot be, has her password and what makes each source wait.
    """
    if usager.facteur and usager.facteur != MESSAGE:
        return True
    return (doubted or bool(usager.facteur)) and _reachable(usager)


@outbox.retry_conflicts
def propose_application(usager_id: str, who: Who, *, request_id: str) -> tuple[str, str]:
    """A new key for an application, and its address; asked for only once a first code has proved that it works."""
    usager = access_usager(usager_id, who, acces.ACT)
    if usager.facteur == APPLICATION:
        raise Refused(DEJA_CHOISI)
    seed = pyotp.random_base32()
    sealed = agents.seal_seed(cadre().settings, seed)
    usager.facteur_graine = sealed
    outbox.update(usager, request_id=request_id)
    return seed, pyotp.TOTP(seed).provisioning_uri(name=usager.identifiant, issuer_name=EMETTEUR)


@outbox.retry_conflicts
def choose(usager_id: str, facteur: str, code: str, who: Who, *, request_id: str) -> Usager:
    """Asks for this factor from now on, once a code of it was given. Raises Refused(CODE_DE_CONNEXION_REFUSE)."""
    usager = access_usager(usager_id, who, acces.ACT)
    if outbox.already(usager, request_id):
        return usager
    if facteur == MESSAGE and not _reachable(usager):
        raise Refused(MESSAGE_IMPOSSIBLE)
    if not _take(usager, facteur, code):
        raise Refused(CODE_DE_CONNEXION_REFUSE, champ="code")
    return _changed(usager_id, "SECOND_FACTEUR_CHOISI", facteur, who.subject, request_id)


@outbox.retry_conflicts
def give_up(usager_id: str, who: Who, *, request_id: str) -> Usager:
    """Turns the second factor off."""
    usager = access_usager(usager_id, who, acces.ACT)
    if outbox.already(usager, request_id):
        return usager
    return _changed(usager_id, "SECOND_FACTEUR_RETIRE", "", who.subject, request_id)


@outbox.retry_conflicts
def send_code(usager_id: str, *, request_id: str) -> None:
    """Sends a code by the person's own way; the one before is void."""
    usager = comptes.usager_by_id(usager_id)
    if outbox.already(usager, request_id) or not _reachable(usager):
        return
    code = f"{secrets.randbelow(1_000_000):06d}"
    minutes = int(CODE_VALABLE.total_seconds() // 60)
    mongo.database(ALIAS)["codes_connexion"].replace_one(
        {"_id": usager.id}, {"mark": preuve.mark_of(code), "expire_time": clock.now() + CODE_VALABLE}, upsert=True
    )
    champs = {"code": messages.secret(cadre().settings, code), "duree_minutes": minutes}
    notice = comptes.notice_fact(usager, "code_connexion", champs, acte_attendu=True, en_personne=True)
    outbox.update(usager, notice, *comptes.own_contact(usager), request_id=request_id)


def by_message(usager: Usager) -> bool:
    """Whether the code that is asked of her is one that must be sent."""
    return usager.facteur in ("", MESSAGE)


def verify(usager_id: str, code: str, *, request_id: str, sent: bool = False) -> Usager:
    """A code of the factor chosen, or of the sheet; each serves once. Raises Refused(CODE_DE_CONNEXION_REFUSE).

    `sent`: a code by message serves who chose no factor, at a sign-in that was in doubt.

    What is not in the mailbox is a second proof too: it opens what a recovery by link had closed (DEP-08).
    """
    usager = comptes.usager_by_id(usager_id)
    by_sheet = _take(usager, PAPIER, code)
    if not by_sheet and not _take(usager, usager.facteur or (MESSAGE if sent else ""), code):
        raise Refused(CODE_DE_CONNEXION_REFUSE, champ="code")
    if preuve.is_closed(usager) and (by_sheet or usager.facteur == APPLICATION):
        preuve.accept_identity(usager_id, by=f"usager:{usager_id}", request_id=f"{request_id}:preuve")
    return comptes.usager_by_id(usager_id)


def verify_apart(usager: Usager, code: str, *, before: date) -> None:
    """A code of her application or of a sheet of hers, which no message carries and which she had before this day.

    Raises CODE_DE_CONNEXION_REFUSE, or FACTEUR_RECENT, which uses no code up.
    """
    application = APPLICATION if usager.facteur == APPLICATION else ""
    chosen = {PAPIER: usager.codes_date if usager.codes_papier else None, application: usager.facteur_date}
    old = [facteur for facteur, day in chosen.items() if facteur and day is not None and day < before]
    if not old and (usager.codes_papier or application):
        raise Refused(FACTEUR_RECENT, champ="code")
    if not any(_take(usager, facteur, code) for facteur in old):
        raise Refused(CODE_DE_CONNEXION_REFUSE, champ="code")


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """A code by message ends by itself."""
    db["codes_connexion"].create_index("expire_time", expireAfterSeconds=0)


def _take(usager: Usager, facteur: str, code: str) -> bool:
    """Uses a code up in one conditional write, so that two people who type the same one cannot both come in."""
    code = code.strip()
    if facteur == PAPIER:
        mark = preuve.mark_of(code)
        used = collection_of(Usager).update_one(
            {"_id": usager.id, "codes_papier": mark}, {"$pull": {"codes_papier": mark}, "$inc": {"version": 1}}
        )
        return used.modified_count == 1
    if facteur == APPLICATION and usager.facteur_graine:
        step = agents.totp_step(cadre().settings, usager.facteur_graine, code.replace(" ", ""))
        last = {"_id": usager.id, "facteur_pas": {"$not": {"$gte": step}}}
        return (
            step is not None
            and collection_of(Usager).update_one(last, {"$set": {"facteur_pas": step}}).modified_count == 1
        )
    if facteur == MESSAGE:
        live = {"_id": usager.id, "expire_time": {"$gt": clock.now()}}
        sent = mongo.database(ALIAS)["codes_connexion"].find_one(live)
        right = sent is not None and hmac.compare_digest(sent["mark"], preuve.mark_of(code))
        return right and mongo.database(ALIAS)["codes_connexion"].delete_one({"_id": usager.id}).deleted_count == 1
    return False


def _changed(usager_id: str, objet: str, facteur: str, by: str, request_id: str) -> Usager:
    usager = comptes.usager_by_id(usager_id)
    fact = Fact("deposit.compte.modifie", events_pb2.CompteModifie(usager_id=usager.id, objet=objet), by=by)
    usager.facteur, usager.facteur_date = facteur, clock.today() if facteur else None
    if facteur != APPLICATION:
        usager.facteur_graine = None
    return outbox.update(usager, fact, request_id=request_id)


def _reachable(usager: Usager) -> bool:
    return not usager.protege and not MESSAGERIES.isdisjoint(usager.canaux)
