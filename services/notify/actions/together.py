"""What a batch of facts asks to tell, in one pass: put into words, kept with its sendings, handed over by this worker.

A message that has to wait (for its words, its person, a file of a source that is silent, an agent's look) is noted, and
planned later (`planification.py`). When a worker dies on the way, the fact comes again, and its leases end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chassis import clock, messages
from sejour.message.v1 import message_pb2
from services.notify import mesures, rules, store
from services.notify.actions import contacts, planification
from services.notify.actions.contacts import Personne
from services.notify.actions.remise import Depart, Remises
from services.notify.moyens import Moyens
from services.notify.sources import SourceMuette
from services.notify.store import Message
from services.notify.store.watch import ENVOIS, MESSAGES, announce_work
from services.notify.textes import ContenuRefuse

if TYPE_CHECKING:
    from chassis.inbox import Meta

# How long a batch may spend on the files of a source; the others are fetched later, and its facts do not wait.
FILES_SECONDS = 2.0


@dataclass(frozen=True)
class Bureau:
    """What this worker plans with, and the hands that it gives what leaves at once."""

    moyens: Moyens
    remises: Mapping[str, Remises]


_open: list[Bureau] = []


def begin(moyens: Moyens, remises: Mapping[str, Remises]) -> None:
    """From here on this process plans what it receives; before, and in any other process, it only notes it."""
    _open[:] = [Bureau(moyens, remises)]


def receive_messages(asked: Sequence[tuple[message_pb2.MessageDemande, Meta]]) -> None:
    """Takes what a batch of facts asks for; repeats change nothing."""
    drafts = [planification.message_of(event, meta) for event, meta in asked]
    if not _open:
        store.add_messages(drafts)
        _announce(drafts)
        return
    bureau = _open[0]
    _keep_contacts(asked, bureau.moyens)
    people = _plan(drafts, [(event.contenu_sha256, meta.contenu) for event, meta in asked], bureau.moyens)
    new = store.add_messages(drafts)
    planned = [message for message in drafts if message.state == rules.PLANIFIE and message.suite_time is None]
    _hand([message for message in planned if message.id in new], people, bureau)
    _open_again([message.id for message in planned if message.id not in new], bureau.moyens)
    _announce([draft for draft in drafts if draft not in planned])


def _keep_contacts(asked: Sequence[tuple[message_pb2.MessageDemande, Meta]], moyens: Moyens) -> None:
    """Keeps the contacts that came with these messages; one that cannot be read is asked of its service later."""
    given = []
    for event, meta in asked:
        contact = messages.unsealed_contact(moyens.settings, meta.contact, event.destinataire_id)
        if contact is not None:
            given.append((contact, meta.subject.partition(".")[0], meta))
    contacts.keep_all(given)


def _announce(waiting: Sequence[Message]) -> None:
    """Calls who plans the messages of these sources."""
    if waiting:
        announce_work(*{f"{MESSAGES}.{message.source}" for message in waiting})


def _plan(drafts: Sequence[Message], words: Sequence[tuple[str, str]], moyens: Moyens) -> dict[str, Personne]:
    """Plans those of these messages that have nothing to wait for; returns the persons as they were read."""
    contenus = {
        draft.id: messages.unsealed_words(moyens.settings, contenu, sha256)
        for draft, (sha256, contenu) in zip(drafts, words, strict=True)
    }
    people = contacts.find_all(draft.destinataire_id for draft in drafts if contenus[draft.id] is not None)
    limit = clock.monotonic() + FILES_SECONDS
    for draft in drafts:
        contenu, personne = contenus[draft.id], people.get(draft.destinataire_id)
        if contenu is None or personne is None or personne.contact.efface or contacts.is_older(personne, draft):
            continue
        try:
            # What cannot be said is looked at again, and then set aside where an operator finds it.
            planned = planification.prepare(
                draft, personne, contenu.get("champs", {}), _files(draft, contenu, limit, moyens), moyens
            )
        except (ContenuRefuse, SourceMuette):
            continue
        if planned["a_ouvrir"]:
            _become_planned(draft, planned)
    return people


def _become_planned(draft: Message, planned: Mapping[str, Any]) -> None:
    """Gives the message its words and ways. One that an agent may still change waits for its hour."""
    for name, value in planned.items():
        setattr(draft, name, value)
    draft.state = rules.PLANIFIE
    mesures.messages.labels(rules.PLANIFIE).inc()
    if draft.suite_time <= clock.now():
        draft.suite_time = None
        if any(canal in rules.IMMEDIATS for canal in draft.a_ouvrir):
            draft.engage_time = clock.now()


def _files(draft: Message, contenu: Mapping[str, Any], limit: float, moyens: Moyens) -> list[dict[str, Any]]:
    """What the message attaches, fetched and kept. Raises SourceMuette once the batch has spent its time."""
    kept = []
    for rank, piece in enumerate(contenu.get("pieces", ()), start=1):
        if clock.monotonic() > limit:
            raise SourceMuette("SOURCE_LENTE")
        kept.append(moyens.sources.keep(draft.source, draft.id, rank, piece))
    return kept


def _hand(planned: Sequence[Message], people: Mapping[str, Personne], bureau: Bureau) -> None:
    """Opens the ways of new messages; what leaves by a machine is held by this worker from its birth, and leaves."""
    envois = planification.envois_of(planned, bureau.moyens)
    held = [envoi for remises in bureau.remises.values() for envoi in remises.hold(envois)]
    new = store.open_envois(envois)
    left = {f"{ENVOIS}.{envoi.canal}" for envoi in envois if envoi not in held}
    if left:
        announce_work(*left)
    if not held:
        return
    words = {message.id: message for message in planned}
    moved = contacts.moved({message.destinataire_id: people[message.destinataire_id] for message in planned})
    # A person who changed meanwhile is read again by who claims what is let go here; an erasure takes these words too.
    for contact_id in contacts.erased(moved):
        store.forget_content(contact_id)
    mine = [envoi for envoi in held if envoi.id in new]
    store.let_go([envoi for envoi in mine if envoi.destinataire_id in moved])
    for envoi in mine:
        if envoi.destinataire_id not in moved:
            depart = Depart(envoi, words[envoi.message_id], people[envoi.destinataire_id])
            bureau.remises[envoi.canal].take(depart)


def _open_again(message_ids: Sequence[str], moyens: Moyens) -> None:
    """A fact that comes again may follow a worker that died before the ways of its message were open."""
    if message_ids:
        stored = Message.objects(id__in=list(message_ids), state=rules.PLANIFIE, suite_time=None)
        store.open_envois(planification.envois_of(list(stored), moyens))
        announce_work(ENVOIS)
