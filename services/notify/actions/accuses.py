"""What carriers and people tell us afterwards: the gateway's callbacks, the link that was opened, the returned mail."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.message import Message as MimeMessage
from functools import partial

from bson import Binary

from chassis import clock, logs
from chassis.mongo import collection_of, find, insert_once
from chassis.settings import Settings
from chassis.smtp import Mail, Mailbox
from droit.decision import Genre, Motif, Refused
from services.notify import liens, mesures, rules, store, textes
from services.notify.actions import contacts, preuves
from services.notify.options import NotifyOptions
from services.notify.sms import is_signed
from services.notify.store import Envoi, Message, Retour
from services.notify.store.watch import RETOURS, announce_work

SIGNATURE_REFUSEE = Motif(
    "SIGNATURE_REFUSEE",
    "regle-du-service",
    "Cet accusé n’est pas signé par la passerelle.",
    "Vérifiez le secret partagé (SMS_SECRET) des deux côtés.",
    Genre.NON_AUTHENTIFIE,
)
DELIVERED, READ, FAILED = "delivered", "read", "failed"
DELAI, AUTOMATIQUE, ILLISIBLE = "RETARDE", "REPONSE_AUTOMATIQUE", "ILLISIBLE"
RETOUR_BYTES = 256 * 1024
LEASE, BATCH = timedelta(seconds=30), 50
_PARTS_READ = 20


def check_signature(body: bytes, signature: str, settings: Settings) -> None:
    """Raises Refused(SIGNATURE_REFUSEE) unless the SMS gateway that shares our secret wrote this."""
    if not is_signed(NotifyOptions.from_env(settings).sms_secret, body, signature):
        raise Refused(SIGNATURE_REFUSEE)


def receive_sms(reference: str, state: str, gateway_id: str) -> bool:
    """Applies a callback of the SMS gateway; False when it names no sending of ours. Repeats change nothing."""
    envoi = find(Envoi, id=reference, canal=rules.SMS)
    if envoi is None:
        return False
    preuve = {"passerelle": gateway_id[:100]}
    if state == DELIVERED:
        preuves.mark_delivre(envoi, preuve)
    elif state == READ:
        preuves.mark_lu(envoi, preuve)
    elif state == FAILED:
        preuves.mark_echec(envoi, "SMS_NON_REMIS", definitif=True)
    return True


def page_of(token: str, settings: Settings) -> str:
    """Where the link of a sending leads: the page of its message, which asks for no account, or the person's own space.

    A token that is not ours leads to the space too, and so does whatever was sent to a protected person: the address
    of a page says what the message was about.
    """
    envoi = _sending(token, settings)
    message = None if envoi is None or envoi.neutre else find(Message, id=envoi.message_id)
    page = textes.table()[message.modele].page if message is not None else ""
    return f"{settings.public_url}{page}" if page else NotifyOptions.from_env(settings).espace_url


def receive_reading(token: str, settings: Settings) -> bool:
    """Records that the link of a sending was opened; a token that is not ours gets no other answer."""
    envoi = _sending(token, settings)
    if envoi is None:
        return False
    preuves.mark_lu(envoi.id, {"lien": "ouvert"})
    return True


def _sending(token: str, settings: Settings) -> Envoi | None:
    envoi_id = liens.read_token(settings.secret, liens.LECTURE, token)
    return find(Envoi, id=envoi_id) if envoi_id is not None else None


def mailbox(secret: bytes) -> Mailbox:
    """Where delivery reports come back: it takes only addresses that we gave, each standing for a sending."""
    read = partial(liens.read_return_address, secret)

    def keep(mail: Mail) -> None:
        for address in mail.recipients:
            envoi_id = read(address)
            if envoi_id is not None:
                keep_retour(envoi_id, mail.content)

    return Mailbox(lambda address: read(address) is not None, keep, size_bytes=1024 * 1024, recipients=10, seconds=60)


def keep_retour(envoi_id: str, content: bytes) -> None:
    """Keeps what came back before the sending server is told 250; a repeat is kept once."""
    now = clock.now()
    insert_once(
        collection_of(Retour),
        {
            "_id": hashlib.sha256(envoi_id.encode() + b"\n" + content).hexdigest(),
            "envoi_id": envoi_id,
            "brut": Binary(content[:RETOUR_BYTES]),
            "recu_time": now,
            "suite_time": now,
            "bail_time": None,
            "essais": 0,
            "lecture": "",
        },
    )
    announce_work(RETOURS)


def run_retours() -> int:
    """Reads a batch of what came back; returns how many. What cannot be read is kept and marked so; what came after
    its person was erased is not kept.
    """
    batch: list[Retour] = store.claim(Retour, {}, LEASE, BATCH)
    if not batch:
        return 0
    limit = clock.monotonic() + LEASE.total_seconds() / 2
    envois = {envoi.id: envoi for envoi in Envoi.objects(id__in=[retour.envoi_id for retour in batch])}
    readings: list[tuple[str, str]] = []
    for retour in batch:
        if clock.monotonic() > limit:
            break
        lecture = _apply(envois.get(retour.envoi_id), bytes(retour.brut))
        mesures.retours.labels(lecture.split(" ")[0]).inc()
        readings.append((retour.id, lecture))
        logs.get().info("retour.lu", envoi=retour.envoi_id, lecture=lecture)
    store.close_retours(readings)
    store.forget_retours(contacts.erased(envoi.destinataire_id for envoi in envois.values() if not envoi.adresse))
    store.let_go(batch[len(readings) :])
    return len(readings)


def _apply(envoi: Envoi | None, content: bytes) -> str:
    if envoi is None:
        return "ENVOI_INCONNU"
    lecture, status = read_report(content)
    preuve = {"accuse": status or lecture}
    if lecture == DELIVERED:
        preuves.mark_delivre(envoi, preuve)
    elif lecture == READ:
        preuves.mark_lu(envoi, preuve)
    elif lecture == FAILED:
        # 5.1.x: the mailbox does not exist. Another failure is of this message only.
        if status.startswith("5.1."):
            store.refuse_address(envoi.canal, "\n".join(envoi.adresse), envoi.destinataire_id, f"DSN_{status}")
        preuves.mark_echec(envoi, f"DSN_{status}", definitif=True)
    return f"{lecture} {status}".strip()


def read_report(content: bytes) -> tuple[str, str]:
    """What a returned message says: (delivered, failed, read or our code; status).

    Strangers write it, so it never raises.
    """
    try:
        # Headers as they stand: parsing each of them costs more than all the rest, and only words are looked for.
        message = message_from_bytes(content, policy=policy.compat32)
        for rank, part in enumerate(message.walk()):
            if rank >= _PARTS_READ:
                break
            kind = part.get_content_type()
            if kind == "message/delivery-status":
                found = _delivery(part)
                if found is not None:
                    return found
            if kind == "message/disposition-notification":
                return _disposition(part)
        automatic = str(message.get("Auto-Submitted", "no")).lower() != "no"
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return ILLISIBLE, ""
    return (AUTOMATIQUE if automatic else ILLISIBLE), ""


def _delivery(part: MimeMessage | EmailMessage) -> tuple[str, str] | None:
    """RFC 3464: the first recipient's action; `delayed`, `relayed` and `expanded` promise nothing."""
    payload = part.get_payload()
    for fields in payload if isinstance(payload, list) else []:
        if not isinstance(fields, MimeMessage):
            continue
        action = str(fields.get("Action", "")).strip().lower()
        status = str(fields.get("Status", "")).strip()[:12]
        if action == "failed":
            return FAILED, status
        if action == "delivered":
            return DELIVERED, status
        if action in ("delayed", "relayed", "expanded"):
            return DELAI, status
    return None


def _disposition(part: MimeMessage | EmailMessage) -> tuple[str, str]:
    """RFC 8098: only « displayed » says that somebody saw it."""
    payload = part.get_payload()
    text = str(payload[0]) if isinstance(payload, list) and payload else str(payload)
    return (READ if "displayed" in text.lower() else AUTOMATIQUE), ""
