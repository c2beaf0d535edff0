"""A message that had to wait: its words are fetched, checked and kept, then its ways are opened.

What has nothing to wait for was planned as it came (`together.py`). A source that is down holds back its own messages,
nobody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from chassis import clock, due, logs, outbox
from chassis.mongo import find
from documents import numero
from sejour.message.v1 import message_pb2
from services.notify import mesures, rules, store, textes
from services.notify.actions import contacts, preuves
from services.notify.actions.contacts import Personne
from services.notify.moyens import Moyens
from services.notify.sources import SourceMuette
from services.notify.store import Envoi, Message
from services.notify.store.watch import ENVOIS, announce_work
from services.notify.textes import ContenuRefuse, Lecteur

if TYPE_CHECKING:
    from chassis.inbox import Meta

# Two streams have no common order: a contact may come just after its message, and is not asked for at once.
BATCH, ASKED_AFTER = 50, 3
CONTACT_INCONNU, CONTACT_EFFACE = "CONTACT_INCONNU", "CONTACT_EFFACE"
NOTIFY = "notify"


def message_of(event: message_pb2.MessageDemande, meta: Meta) -> Message:
    """A message as it is asked for; its own identifier makes a repeat harmless."""
    return Message(
        id=event.message_id,
        parcours_id=event.parcours_id or meta.parcours,
        source=meta.subject.partition(".")[0],
        destinataire_id=event.destinataire_id,
        modele=event.modele,
        contenu_url=event.contenu_url,
        contenu_sha256=event.contenu_sha256,
        acte_attendu=event.acte_attendu,
        demande_id=event.demande_id,
        echeance_date=date.fromisoformat(event.echeance_date) if event.echeance_date else None,
        papier=event.papier,
        suivi=event.suivi,
        contact_version=event.contact_version,
        cree_time=meta.time,
        state=rules.A_PLANIFIER,
        suite_time=clock.now(),
    )


def run_messages(moyens: Moyens, source: str) -> int:
    """Works on a batch of what waits from one source; stops at the first silence of that source.

    Returns how many moved. What is not begun within half of the lease is let go.
    """
    bail = moyens.options.bail
    batch: list[Message] = store.claim(Message, {"source": source}, bail, BATCH)
    if not batch:
        return 0
    limit = clock.monotonic() + bail.total_seconds() / 2
    deciding = (rules.A_PLANIFIER, rules.NON_RECU)
    personnes = contacts.find_all(each.destinataire_id for each in batch if each.state in deciding)
    plans: list[tuple[Message, dict[str, Any]]] = []
    ready: list[Message] = []
    begun, silent = 0, False
    for message in batch:
        if silent or clock.monotonic() > limit:
            break
        begun += 1
        try:
            plan = _step(message, personnes.get(message.destinataire_id), moyens)
            if plan is not None:
                plans.append((message, plan))
            elif message.state == rules.PLANIFIE:
                ready.append(message)
        except SourceMuette as silence:
            _put_off(message, silence.cause, moyens)
            silent = True
        except ContenuRefuse as refused:
            _reject(message.id, refused.cause)
    store.let_go(batch[begun:])
    ready += [message for message in store.keep_plans(plans) if message.bail_time is not None]
    _open(ready, moyens)
    return begun - silent


def _step(message: Message, personne: Personne | None, moyens: Moyens) -> dict[str, Any] | None:
    """The values to write for a message that is being planned; None when there is nothing left to plan."""
    if message.restes:
        moyens.sources.delete(message.restes)
        store.forget_restes(message.id)
    if message.state == rules.A_PLANIFIER:
        if personne is None or contacts.is_older(personne, message):
            personne = _ask(message, moyens)
        if personne is not None:
            return _plan(message, personne, moyens)
        _put_off(message, CONTACT_INCONNU, moyens)
    elif message.state == rules.NON_RECU and message.cause == rules.AUCUNE_VOIE and _has_way(message, personne):
        store.take_up(message, rules.A_PLANIFIER)
    elif message.state != rules.PLANIFIE:
        store.rest(message)
    return None


def _ask(message: Message, moyens: Moyens) -> Personne | None:
    """Asks other services for a person whose contact has not come after some attempts: its fact may be lost."""
    if message.essais < ASKED_AFTER:
        return None
    found = moyens.annuaire.find(message.source, message.destinataire_id)
    if found is None:
        return None
    service, contact = found
    contacts.keep(contact, service)
    return contacts.find_all([message.destinataire_id]).get(message.destinataire_id)


def _plan(message: Message, personne: Personne, moyens: Moyens) -> dict[str, Any] | None:
    """The words, what they attach, the first ways; None when it goes no further. Raises SourceMuette or ContenuRefuse.

    An erasure that comes meanwhile moves the version: what is planned here is then not written, and looked at again.
    """
    contact = personne.contact
    if contact.efface:
        # Fetched by a look that the erasure overtook, they are named by no document.
        moyens.sources.delete_all(message.id)
        _cancel_erased(message.id)
        return None
    champs, pieces = _content(message, moyens)
    planned = prepare(message, personne, champs, pieces, moyens)
    if not planned["a_ouvrir"]:
        _say_no_way(message.id, {name: planned[name] for name in planned if name not in ("a_ouvrir", "suite_time")})
        return None
    mesures.messages.labels(rules.PLANIFIE).inc()
    planned |= {"state": rules.PLANIFIE, "cause": "", "essais": 0}
    # Held for an agent, it is let go; otherwise it stays ours until its ways are open.
    return planned | {"bail_time": None} if planned["suite_time"] > clock.now() else planned


def prepare(
    message: Message, personne: Personne, champs: Mapping[str, Any], pieces: list[dict[str, Any]], moyens: Moyens
) -> dict[str, Any]:
    """The words of a message and its first ways, none when she has none. Raises ContenuRefuse."""
    lecteur = Lecteur(personne.contact.nom or "", personne.contact.langue or "fr")
    # The foot says whether an answer is read.
    said = {**champs, "reponse": moyens.options.reponse_of(message.source)}
    words = textes.render(message.modele, said, lecteur, message.source, moyens.options.aide_url)
    modele = textes.table()[message.modele]
    return {
        "champs": dict(champs),
        "pieces": pieces,
        "textes": words.to_dict(),
        "langue": words.langue,
        "voies": modele.voies,
        "reference": str(champs.get("reference", ""))[:60] or None,
        "a_ouvrir": list(rules.first_ways(_order(message, personne), modele.voies, papier=message.papier)),
        "suite_time": clock.now() + (moyens.options.retenue if modele.relecture else timedelta()),
    }


def _order(message: Message, personne: Personne) -> list[str]:
    """Her ways for a message of this template, in order."""
    modele = textes.table()[message.modele]
    return [canal for canal in personne.voies if modele.accueil or canal != rules.ACCUEIL]


def _has_way(message: Message, personne: Personne | None) -> bool:
    """Whether one that was given up for want of a way has one: it may have come while that was decided. What an agent
    wrote himself is left to him.
    """
    return personne is not None and not message.modifie_par and bool(_order(message, personne))


def _content(message: Message, moyens: Moyens) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The fields and the kept attachments: from the source, or from here for a message of notify's own."""
    if message.source == NOTIFY:
        return dict(message.champs), list(message.pieces)
    contenu = moyens.sources.content(message.source, message.contenu_url, message.contenu_sha256)
    announced = contenu.get("pieces", [])
    pieces = [
        moyens.sources.keep(message.source, message.id, rank, piece) for rank, piece in enumerate(announced, start=1)
    ]
    return dict(contenu.get("champs", {})), pieces


def _open(ready: list[Message], moyens: Moyens) -> None:
    """Opens the chosen ways: one sending per message, way and attempt, whatever is repeated."""
    if not ready:
        return
    store.open_envois(envois_of(ready, moyens))
    announce_work(ENVOIS)
    if not store.close_opened(ready):
        for message in ready:
            _opened(message.id, list(message.a_ouvrir))


def envois_of(messages: Iterable[Message], moyens: Moyens) -> list[Envoi]:
    """The sendings that the chosen ways of these messages ask for."""
    return [_envoi(message, canal, moyens) for message in messages for canal in message.a_ouvrir]


def _envoi(message: Message, canal: str, moyens: Moyens) -> Envoi:
    immediate = canal in rules.IMMEDIATS
    envoi = Envoi(
        id=outbox.id_for(f"{message.id}:{canal}:{message.tour}", "envoi"),
        parcours_id=message.parcours_id,
        message_id=message.id,
        destinataire_id=message.destinataire_id,
        modele=message.modele,
        canal=canal,
        essai=message.tour,
        suivi=message.suivi,
        state=rules.A_REMETTRE,
        echeance_date=message.echeance_date,
        cree_time=clock.now(),
        suite_time=clock.now() if immediate else None,
        numero=numero.new(numero.SERVICE_DIGITS[NOTIFY]) if canal == rules.LETTRE else "",
    )
    day = rules.repli_date(canal, clock.today(), moyens.options.repli_jours, message.echeance_date)
    if day is not None:
        due.plan(envoi, repli=day)
    mesures.envois.labels(canal, rules.A_REMETTRE).inc()
    return envoi


@outbox.retry_conflicts
def _opened(message_id: str, done: list[str]) -> None:
    message = load(message_id)
    left = [canal for canal in message.a_ouvrir if canal not in done]
    outbox.apply_operators(
        message, set__a_ouvrir=left, set__suite_time=clock.now() if left else None, set__bail_time=None
    )


@outbox.retry_conflicts
def _say_no_way(message_id: str, planned: dict[str, Any]) -> None:
    message = load(message_id)
    if message.state == rules.A_PLANIFIER:
        kept = {f"set__{name}": value for name, value in planned.items()}
        preuves.say_non_recu(message, rules.AUCUNE_VOIE, f"voies:{message_id}:{message.tour}", **kept)


@outbox.retry_conflicts
def _cancel_erased(message_id: str) -> None:
    message = load(message_id)
    if message.state in (rules.A_PLANIFIER, rules.PLANIFIE):
        outbox.apply_operators(message, set__state=rules.ANNULE, set__cause=CONTACT_EFFACE, set__suite_time=None)


@outbox.retry_conflicts
def _reject(message_id: str, cause: str) -> None:
    """Sets a message that cannot be said as it stands aside for an operator, who can have it tried again."""
    message = load(message_id)
    logs.get().error("message.rejete", message=message_id, modele=message.modele, cause=cause)
    mesures.messages.labels(rules.REJETE).inc()
    outbox.apply_operators(
        message, set__state=rules.REJETE, set__cause=cause, set__suite_time=None, set__bail_time=None
    )


def _put_off(message: Message, cause: str, moyens: Moyens) -> None:
    wait = min(timedelta(seconds=2 ** min(message.essais, 9)), moyens.options.attente_max)
    store.put_off(Message, message.id, wait, cause)
    logs.get().info("message.attend", message=message.id, cause=cause, essai=message.essais)


def load(message_id: str) -> Message:
    """A message that is known to exist."""
    message = find(Message, id=message_id)
    assert message is not None, message_id
    return message
