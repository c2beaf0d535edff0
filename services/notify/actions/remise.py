"""Handing sendings to their carriers: claimed by lease, tried again with the same identity until the carrier answers.

An e-mail whose answer was lost (or whose worker died before it was written down) is handed again with the same
Message-ID: it may go twice. The SMS gateway takes a reference once.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from pymongo.errors import PyMongoError

from chassis import clock, logs
from chassis.sealed import SealBroken
from services.notify import liens, mesures, rules, store, textes
from services.notify.actions import contacts, preuves
from services.notify.actions.contacts import Personne
from services.notify.mailer import RemiseImpossible, RemiseRefusee
from services.notify.mime import Courriel, PieceJointe
from services.notify.moyens import Moyens
from services.notify.store import Contact, Envoi, Message
from services.notify.store.watch import ENVOIS, announce_work
from services.notify.textes import Textes

# What is read for a batch (who she is, whether she is protected) is seconds old when it leaves.
BATCH, FRESH_SECONDS = 100, 5.0
SLOT_SECONDS = 0.5
# What became of so many sendings is written at once, or after so long, or when nothing more is in hand.
TOGETHER, TOGETHER_SECONDS = 32, 0.1
# How many sendings of what has just come this worker holds; the others are claimed like any that wait.
ROOM = 200
# Together, the attachments of an e-mail stay under what relays take; the others are read in the person's space.
MAIL_BYTES = 15 * 1024 * 1024


@dataclass(frozen=True)
class Depart:
    """A sending about to leave, with what its batch read for it: the engaged message (None: withdrawn), the person."""

    envoi: Envoi
    message: Message | None
    personne: Personne | None


class Remises:
    """Works on what waits by one way, several at once: one that hangs holds neither its neighbours nor another way."""

    def __init__(self, moyens: Moyens, canal: str) -> None:
        self._moyens, self._canal = moyens, canal
        self._slots = threading.BoundedSemaphore(moyens.options.paralleles)
        self._pool = ThreadPoolExecutor(moyens.options.paralleles, thread_name_prefix=f"remise-{canal.lower()}")
        self._lock = threading.Lock()
        self._in_hand = 0
        self._remis: list[preuves.Remis] = []
        self._since = 0.0
        self._later = False

    def run(self) -> int:
        """Gives a batch to the free slots; returns how many sendings were given. The others are let go."""
        self._note(late=True)
        if not self._slots.acquire(timeout=SLOT_SECONDS):
            self._call_again()
            return 0
        self._slots.release()
        bail = self._moyens.options.bail
        limit = self._fresh_until()
        batch: list[Envoi] = store.claim(Envoi, {"canal": self._canal}, bail, BATCH)
        if not batch:
            self._moyens.mailer.rest()
            return 0
        given = 0
        for depart in _prepare(batch):
            if clock.monotonic() > limit or not self._slots.acquire(timeout=SLOT_SECONDS):
                break
            self._submit(depart, limit, slot=True)
            given += 1
        if given < len(batch):
            store.let_go(batch[given:])
            self._call_again()
        return given

    def hold(self, envois: Sequence[Envoi]) -> list[Envoi]:
        """Those of these new sendings that go by this way and that it has room for: held, as if it had claimed them."""
        mine = [envoi for envoi in envois if envoi.canal == self._canal and self._canal in rules.IMMEDIATS]
        held, holder = mine[: max(0, ROOM - self._in_hand)], clock.new_id()
        for envoi in held:
            envoi.bail_time, envoi.bail_par, envoi.essais = clock.now() + self._moyens.options.bail, holder, 1
        return held

    def take(self, depart: Depart) -> None:
        """A sending that this way holds leaves as soon as a hand is free."""
        self._submit(depart, self._fresh_until(), slot=False)

    def _call_again(self) -> None:
        """What waits is looked at again, though nobody may write meanwhile."""
        announce_work(f"{ENVOIS}.{self._canal}")

    def close(self) -> None:
        """Returns once what is in hand is finished."""
        self._pool.shutdown(wait=True)
        self._note()

    def _fresh_until(self) -> float:
        return clock.monotonic() + min(self._moyens.options.bail.total_seconds() / 2, FRESH_SECONDS)

    def _submit(self, depart: Depart, limit: float, *, slot: bool) -> None:
        with self._lock:
            self._in_hand += 1
        self._pool.submit(self._one, depart, limit, slot)

    def _one(self, depart: Depart, limit: float, slot: bool) -> None:
        remis = None
        try:
            if clock.monotonic() > limit:
                store.let_go([depart.envoi])
            else:
                remis = _work(depart, self._moyens)
        finally:
            if slot:
                self._slots.release()
            with self._lock:
                self._in_hand -= 1
                if remis is not None:
                    self._since = self._since if self._remis else clock.monotonic()
                    self._remis.append(remis)
            self._note(late=True)

    def _note_later(self) -> None:
        with self._lock:
            self._later = False
        self._note(late=True)

    def _note(self, *, late: bool = False) -> None:
        """Writes down what carriers took; with `late`, only once enough has gathered or nothing more is in hand."""
        with self._lock:
            whole = len(self._remis) >= TOGETHER or not self._in_hand
            wait = late and not whole and clock.monotonic() < self._since + TOGETHER_SECONDS
            remis, self._remis = ([], self._remis) if wait else (self._remis, [])
            later = bool(self._remis) and not self._later
            self._later = self._later or later
        if later:
            # Its neighbours may hang.
            timer = threading.Timer(TOGETHER_SECONDS, self._note_later)
            timer.daemon = True
            timer.start()
        try:
            preuves.mark_all_remis(remis)
        except PyMongoError as error:
            # Not written, they would be handed once more: they are kept for the next turn.
            logs.get().error("envois.unwritten", canal=self._canal, error=type(error).__name__)
            with self._lock:
                self._remis[:0] = remis


def _prepare(batch: list[Envoi]) -> list[Depart]:
    """Marks the messages of a batch as leaving, then reads their words and their recipients together."""
    leaving = [envoi for envoi in batch if envoi.state == rules.A_REMETTRE and envoi.canal in rules.IMMEDIATS]
    messages = store.engage_all([envoi.message_id for envoi in leaving], rules.PLANIFIE) if leaving else {}
    personnes = contacts.find_all(envoi.destinataire_id for envoi in leaving) if leaving else {}
    return [Depart(each, messages.get(each.message_id), personnes.get(each.destinataire_id)) for each in batch]


def _work(depart: Depart, moyens: Moyens) -> preuves.Remis | None:
    """One step of one sending, and what is to be written of it; what goes wrong never stops its neighbours."""
    envoi = depart.envoi
    try:
        if envoi.state == rules.ECHEC:
            preuves.follow_failure(envoi)
        elif envoi.state == rules.REMIS:
            preuves.give_way(envoi.id)
        elif envoi.state != rules.A_REMETTRE:
            preuves.withdraw(envoi.id)
        elif envoi.canal not in rules.IMMEDIATS:
            _look_at_desk_work(envoi)
        else:
            return _hand(depart, moyens)
    except Exception as error:
        # Its lease ends and it is tried again; the log says what it met.
        logs.get().error("envoi.failed", envoi=envoi.id, canal=envoi.canal, error=type(error).__name__, exc_info=True)
    return None


def _look_at_desk_work(envoi: Envoi) -> None:
    """Cancels a letter or a call whose message was withdrawn or whose person was erased; else leaves it to its desk."""
    message: Message = Message.objects(id=envoi.message_id).first()
    contact = contacts.find(envoi.destinataire_id)
    if message.state != rules.PLANIFIE or contact is None or contact.efface:
        preuves.withdraw(envoi.id)
    else:
        preuves.let_go(envoi.id)


def _hand(depart: Depart, moyens: Moyens) -> preuves.Remis | None:
    envoi, message, personne = depart.envoi, depart.message, depart.personne
    if personne is None or personne.contact.efface or message is None:
        preuves.withdraw(envoi.id)
        return None
    if envoi.canal not in personne.adresses or envoi.canal not in personne.voies:
        # Changed since it was planned: the address is gone or refused, or the way is no longer one she confirmed.
        cause = preuves.NON_CONFIRME if personne.contact.protege else preuves.ADRESSE_ABSENTE
        preuves.mark_echec(envoi, cause, definitif=True)
        return None
    wait = preuves.repli_after(envoi.modele, moyens)
    if wait is not None and clock.now() - envoi.cree_time > wait:
        preuves.mark_echec(envoi, preuves.TROP_TARD, definitif=False)
        return None
    return _try(envoi, message, personne, moyens)


def _try(envoi: Envoi, message: Message, personne: Personne, moyens: Moyens) -> preuves.Remis | None:
    adresse = personne.adresses[envoi.canal]
    try:
        said = _send(envoi, message, personne.contact, moyens)
    except RemiseImpossible as later:
        mesures.tentatives.labels(envoi.canal, "plus_tard").inc()
        wait = min(timedelta(seconds=2 ** min(envoi.essais, 9)), moyens.options.attente_max)
        store.put_off(Envoi, envoi.id, wait, later.cause)
        logs.get().warning("envoi.attend", envoi=envoi.id, canal=envoi.canal, cause=later.cause, essai=envoi.essais)
        return None
    except RemiseRefusee as never:
        mesures.tentatives.labels(envoi.canal, "refuse").inc()
        if never.adresse_morte:
            store.refuse_address(envoi.canal, "\n".join(adresse), envoi.destinataire_id, never.cause)
        preuves.mark_echec(envoi, never.cause, definitif=True)
        return None
    mesures.tentatives.labels(envoi.canal, "remis").inc()
    accord = preuves.Accord({"reponse": said}, adresse, personne.contact.protege, message.acte_attendu)
    return preuves.Remis(envoi, accord, preuves.repli_after(envoi.modele, moyens), clock.now())


def _send(envoi: Envoi, message: Message, contact: Contact, moyens: Moyens) -> str:
    try:
        words, lien = words_of(envoi, message, contact, moyens)
    except SealBroken as broken:
        raise RemiseRefusee("SECRET_ILLISIBLE", adresse_morte=False) from broken
    if envoi.canal == rules.SMS:
        return moyens.sms.send(contact.telephone, textes.with_link(words.sms, lien), envoi.id)
    options, secret = moyens.options, moyens.settings.secret
    return moyens.mailer.send(
        Courriel(
            message_id=f"<{envoi.id}.{message.id}@{options.domaine}>",
            de=options.expediteur,
            de_nom=options.expediteur_neutre if contact.protege else options.expediteur_nom,
            a=contact.courriel,
            objet=words.objet,
            texte=textes.with_link(words.corps, lien),
            html=textes.html(words.objet, words.corps, words.langue, lien),
            retour=liens.return_address(secret, envoi.id, options.domaine_retour),
            enveloppe_id=envoi.id,
            suivi=rules.needs_proof(message.voies, message.echeance_date, acte_attendu=message.acte_attendu),
            pieces=() if contact.protege else _attachments(message, moyens),
            reponse=options.reponse_of(message.source),
        )
    )


def words_of(envoi: Envoi, message: Message, contact: Contact, moyens: Moyens) -> tuple[Textes, str]:
    """What this sending says, and its link: neutral for a protected person, whatever the message (NOT-08)."""
    lien = link_of(envoi.id, moyens)
    if contact.protege:
        # The one message that is its link: a protected person too must be able to come back to her account.
        of_way = "lien_sms" if envoi.canal == rules.SMS and message.champs.get("lien_sms") else "lien"
        is_link = message.modele == textes.RECUPERATION
        only_link = textes.secret_of(message.champs, of_way, moyens.settings) if is_link else ""
        return textes.neutral(contact.langue or ""), only_link or lien
    corps, sms = (textes.with_secrets(message.textes[way], message.champs, moyens.settings) for way in ("corps", "sms"))
    return Textes(message.textes["objet"], corps, sms, message.langue), lien


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
