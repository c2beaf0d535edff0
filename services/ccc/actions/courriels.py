"""E-mails: kept raw before the sending server is told 250, then read; each opens a ticket or joins its own (CCC-01)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from blocage.rules import ESSAI_MAX
from chassis import clock, wake
from chassis.inbound import IGNORE, LU, RECU, Inbound
from chassis.mongo import collection_of
from chassis.smtp import Mail, Mailbox
from chassis.web.files import Stored
from chassis.web.who import Who
from droit.decision import Refused
from personne import lecture_courriel
from personne.departement import departement_of
from personne.joindre import Joignable
from personne.lecture_courriel import Lu
from personne.reference import reference_in
from services.ccc.actions import acces, pieces, saisines, suites
from services.ccc.cadre import cadre
from services.ccc.rules import acces as acces_rules
from services.ccc.rules import etats, reponses
from services.ccc.store import Courriel, PieceJointe, Saisine

# Beyond this many e-mails of one address in a day, nothing more is written back: two machines would not end.
ANSWERED_A_DAY = 10
ASIDE_SHOWN, ASIDE_CHARS = 50, 2000


# E-mails of the contact centre.
INBOUND = Inbound(Courriel, lambda: cadre().pieces_dir)


def is_ours(address: str) -> bool:
    """Whether we take e-mails for this address."""
    ours = cadre().adresses
    return not ours or address.strip().lower() in ours


def mailbox() -> Mailbox:
    """The mailbox of the contact centre; a whole e-mail with its attachments fits."""
    return Mailbox(is_ours, _keep, size_bytes=25 * 1024 * 1024, recipients=5, seconds=120)


def _keep(mail: Mail) -> None:
    """Whatever addresses of the centre it was written to, it is one ticket."""
    INBOUND.keep(replace(mail, recipients=mail.recipients[:1]))


def read_pending() -> int:
    """Reads what came; returns how many."""
    return INBOUND.read_pending(_read)


def _read(line: dict[str, Any], content: bytes) -> dict[str, str]:
    mail = lecture_courriel.read(content, line["expediteur"])
    return _treat(replace(mail, automatique="") if line.get("personne") else mail, line["_id"])


@dataclass(frozen=True)
class MisDeCote:
    """An e-mail that looks like a machine's, as an agent reads it: nothing of it was answered."""

    id: str
    time: datetime
    cause: str
    expediteur: str
    sujet: str
    texte: str


def set_aside(who: Who) -> list[MisDeCote]:
    """The last e-mails that no ticket holds, for an agent to see that none is a person's (CCC-01)."""
    acces.require_act(who, acces_rules.REPONDRE)
    found = collection_of(Courriel).find({"state": IGNORE}).sort("next_time", -1).limit(ASIDE_SHOWN)
    return [_aside(line) for line in found]


def take_up(courriel_id: str, who: Who) -> None:
    """An agent saw that a person wrote it: it is read again, and becomes a ticket with its receipt."""
    acces.require_act(who, acces_rules.REPONDRE)
    change = {"state": RECU, "personne": True, "next_time": clock.now()}
    if not collection_of(Courriel).update_one({"_id": courriel_id, "state": IGNORE}, {"$set": change}).matched_count:
        raise Refused(etats.COURRIEL_INCONNU)
    wake.say(INBOUND.queue.name)


def _aside(line: dict[str, Any]) -> MisDeCote:
    mail = lecture_courriel.read(INBOUND.content(line["cle"]), line["expediteur"])
    return MisDeCote(line["_id"], line["time"], line["cause"], mail.expediteur, mail.sujet, mail.texte[:ASIDE_CHARS])


def _treat(mail: Lu, digest: str) -> dict[str, str]:
    request_id = f"courriel:{digest}"
    if mail.automatique:
        return {"state": IGNORE, "cause": mail.automatique}
    sent = _files(mail)
    ticket = _answered(mail)
    if ticket is not None:
        suites.write_again(ticket.id, suites.Suite(mail.reponse, sent.kept), request_id=request_id)
        if reponses.objects(mail.reponse):
            suites.object_to_copy(ticket.id, request_id=f"{request_id}:opposition")
        pieces.tell_left_out(ticket.id, sent.left_out, request_id=f"{request_id}:non-gardes")
        return {"state": LU, "saisine_id": ticket.id}
    if _too_many(mail.expediteur):
        latest = Saisine.objects(courriel=mail.expediteur).order_by("-ouverture_time").first()
        if latest is not None:
            suites.add_to_thread(latest, suites.Suite(mail.texte, sent.kept), request_id)
            return {"state": LU, "saisine_id": latest.id, "cause": "trop de courriels"}
    asked, rest = _ouverture(mail, sent.kept)
    opened = saisines.open_saisine(asked, acces.SYSTEME, request_id=request_id)
    if rest:
        suites.add_to_thread(opened, suites.Suite(rest), f"{request_id}:suite")
    pieces.tell_left_out(opened.id, sent.left_out, request_id=f"{request_id}:non-gardes")
    return {"state": LU, "saisine_id": opened.id}


def _answered(mail: Lu) -> Saisine | None:
    """The ticket that an e-mail goes on with: it answers a message of ours, or its own sender names the reference."""
    ticket = acces.by_answered(mail.repond_a)
    if ticket is None and mail.reference("C"):
        named = acces.by_reference(mail.reference("C"))
        ticket = named if named is not None and named.courriel in ("", mail.expediteur) else None
    return ticket


def _ouverture(mail: Lu, kept: tuple[PieceJointe, ...]) -> tuple[saisines.Ouverture, str]:
    """The ticket that an e-mail opens, and the rest of its words, which the thread holds."""
    words = f"{mail.sujet}\n\n{mail.texte}" if mail.sujet else mail.texte
    end = len(words)
    if end > ESSAI_MAX:
        line_end = words.rfind("\n", ESSAI_MAX // 2, ESSAI_MAX)
        end = line_end if line_end > 0 else ESSAI_MAX
    asked = saisines.Ouverture(
        canal=etats.COURRIEL,
        precis=words[:end],
        nom=mail.nom,
        joignable=Joignable(courriel=mail.expediteur if "@" in mail.expediteur else ""),
        prefecture=departement_of(mail.texte),
        demande_reference=reference_in(words, "D"),
        blocage_apporte=reference_in(words, "B"),
        objection=reponses.objects(words),
        captures=kept,
    )
    return asked, words[end:].strip()


def _files(mail: Lu) -> pieces.Taken:
    """The files that we take; the type of each is what it holds, not what its name says."""
    taken = pieces.take((file.nom, partial(_stored, file)) for file in mail.fichiers)
    return replace(taken, left_out=(*taken.left_out, *mail.laisses))


def _stored(file: lecture_courriel.Fichier) -> Stored:
    return pieces.files().put(BytesIO(file.contenu), max_bytes=pieces.FILE_BYTES, types=pieces.TYPES, name=file.nom)


def _too_many(sender: str) -> bool:
    since = clock.now() - timedelta(days=1)
    seen = collection_of(Courriel).count_documents(
        {"expediteur": sender, "time": {"$gte": since}}, limit=ANSWERED_A_DAY + 1
    )
    return seen > ANSWERED_A_DAY
