"""Handing sendings to their carriers: claimed by lease, tried again with the same identity until the carrier answers.

An e-mail whose answer was lost (or whose worker died before it was written down) is handed again with the same
Message-ID: it may go twice. The SMS gateway takes a reference once.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from chassis import clock, logs
from services.notify import liens, mesures, rules, store, textes
from services.notify.actions import contacts, preuves
from services.notify.mailer import Courriel, PieceJointe, RemiseImpossible, RemiseRefusee
from services.notify.moyens import Moyens
from services.notify.store import Contact, Envoi, Message
from services.notify.textes import Textes

BATCH = 200
SLOT_SECONDS = 0.5
RECUPERATION = "recuperation"
# Together, the attachments of an e-mail stay under what relays take; the others are read in the person's space.
MAIL_BYTES = 15 * 1024 * 1024


class Remises:
    """Works on what waits by one way, several at once: one that hangs holds neither its neighbours nor another way."""

    def __init__(self, moyens: Moyens, canal: str) -> None:
        self._moyens, self._canal = moyens, canal
        self._slots = threading.BoundedSemaphore(moyens.options.paralleles)
        self._pool = ThreadPoolExecutor(moyens.options.paralleles, thread_name_prefix=f"remise-{canal.lower()}")

    def run(self) -> int:
        """Gives each free slot a sending; returns how many were given."""
        given = 0
        while given < BATCH and self._slots.acquire(timeout=SLOT_SECONDS):
            envoi = store.claim(Envoi, {"canal": self._canal}, self._moyens.options.bail)
            if envoi is None:
                self._slots.release()
                break
            self._pool.submit(self._one, envoi)
            given += 1
        return given

    def close(self) -> None:
        """Returns once what is in hand is finished."""
        self._pool.shutdown(wait=True)

    def _one(self, envoi: Envoi) -> None:
        try:
            _work(envoi, self._moyens)
        finally:
            self._slots.release()


def _work(envoi: Envoi, moyens: Moyens) -> None:
    """One step of one sending; what goes wrong with one is logged and never stops its neighbours."""
    try:
        if envoi.state == rules.ECHEC:
            preuves.follow_failure(envoi)
        elif envoi.state == rules.REMIS:
            preuves.give_way(envoi.id)
        elif envoi.state == rules.A_REMETTRE:
            _hand(envoi, moyens)
        else:
            preuves.withdraw(envoi.id)
    except Exception as error:
        # Its lease ends and it is tried again; the log says what it met.
        logs.get().error("envoi.failed", envoi=envoi.id, canal=envoi.canal, error=type(error).__name__, exc_info=True)


def _hand(envoi: Envoi, moyens: Moyens) -> None:
    message: Message = Message.objects(id=envoi.message_id).first()
    contact = contacts.find(envoi.destinataire_id)
    if envoi.canal not in rules.IMMEDIATS:
        # A desk's work: woken because its message was withdrawn.
        if message.state != rules.PLANIFIE or contact is None or contact.efface:
            preuves.withdraw(envoi.id)
        else:
            preuves.let_go(envoi.id)
        return
    if contact is None or contact.efface or not store.engage(envoi.message_id, rules.PLANIFIE):
        preuves.withdraw(envoi.id)
        return
    adresse = contacts.addresses(contact).get(envoi.canal)
    if adresse is None or envoi.canal not in contacts.ways(contact):
        # Changed since it was planned: the address is gone or refused, or the way is no longer one she confirmed.
        preuves.mark_echec(envoi.id, preuves.NON_CONFIRME if contact.protege else "ADRESSE_ABSENTE", definitif=True)
        return
    wait = preuves.repli_after(envoi.modele, moyens)
    if wait is not None and clock.now() - envoi.cree_time > wait:
        preuves.mark_echec(envoi.id, preuves.TROP_TARD, definitif=False)
        return
    _try(envoi, message, contact, moyens)


def _try(envoi: Envoi, message: Message, contact: Contact, moyens: Moyens) -> None:
    adresse = contacts.addresses(contact)[envoi.canal]
    try:
        said = _send(envoi, message, contact, moyens)
    except RemiseImpossible as later:
        mesures.tentatives.labels(envoi.canal, "plus_tard").inc()
        wait = min(timedelta(seconds=2 ** min(envoi.essais, 9)), moyens.options.attente_max)
        store.put_off(Envoi, envoi.id, wait, later.cause)
        logs.get().warning("envoi.attend", envoi=envoi.id, canal=envoi.canal, cause=later.cause, essai=envoi.essais)
        return
    except RemiseRefusee as never:
        mesures.tentatives.labels(envoi.canal, "refuse").inc()
        if never.adresse_morte:
            store.refuse_address(envoi.canal, "\n".join(adresse), envoi.destinataire_id, never.cause)
        preuves.mark_echec(envoi.id, never.cause, definitif=True)
        return
    mesures.tentatives.labels(envoi.canal, "remis").inc()
    preuves.mark_remis(envoi.id, {"reponse": said}, adresse, contact.protege, moyens)


def _send(envoi: Envoi, message: Message, contact: Contact, moyens: Moyens) -> str:
    words, lien = words_of(envoi, message, contact, moyens)
    if envoi.canal == rules.SMS:
        return moyens.sms.send(contact.telephone, textes.with_link(words.sms, lien), envoi.id)
    options, secret = moyens.options, moyens.settings.secret
    return moyens.mailer.send(
        Courriel(
            message_id=f"<{envoi.id}@{options.domaine}>",
            de=options.expediteur,
            de_nom=options.expediteur_neutre if contact.protege else options.expediteur_nom,
            a=contact.courriel,
            objet=words.objet,
            texte=textes.with_link(words.corps, lien),
            html=textes.html(words.objet, words.corps, words.langue, lien),
            retour=liens.return_address(secret, envoi.id, options.domaine_retour),
            enveloppe_id=envoi.id,
            pieces=() if contact.protege else _attachments(message, moyens),
        )
    )


def words_of(envoi: Envoi, message: Message, contact: Contact, moyens: Moyens) -> tuple[Textes, str]:
    """What this sending says, and its link: neutral for a protected person, whatever the message (NOT-08)."""
    lien = link_of(envoi.id, moyens)
    if contact.protege:
        # The one message that is its link: a protected person too must be able to come back to her account.
        only_link = str(message.champs.get("lien", "")) if message.modele == RECUPERATION else ""
        return textes.neutral(contact.langue or ""), only_link or lien
    kept = message.textes
    return Textes(kept["objet"], kept["corps"], kept["sms"], message.langue), lien


def link_of(envoi_id: str, moyens: Moyens) -> str:
    """The neutral link that says « read » and leads to the person's own space."""
    return f"{moyens.settings.public_url}/notify/lu/{liens.token(moyens.settings.secret, liens.LECTURE, envoi_id)}"


def _attachments(message: Message, moyens: Moyens) -> tuple[PieceJointe, ...]:
    chosen, total = [], 0
    for piece in message.pieces:
        total += piece["taille"]
        if total > MAIL_BYTES:
            break
        chosen.append(PieceJointe(piece["nom"], moyens.sources.read(piece["cle"]), piece["type"]))
    return tuple(chosen)
