"""Contacts in their present state: learnt from one stream, erased when the person asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chassis import logs
from personne.joindre import is_mobile
from sejour.contact.v1 import contact_pb2
from sejour.deposit.v1 import events_pb2 as deposit_pb2
from services.notify import rules, store, textes
from services.notify.store import Contact, Message

if TYPE_CHECKING:
    from chassis.inbox import Meta

CANAL_OF_NUMBER = {contact_pb2.Canal.Value(f"CANAL_{canal}"): canal for canal in rules.CANAUX}
NUMBER_OF_CANAL = {canal: number for number, canal in CANAL_OF_NUMBER.items()}


def receive_contacts(given: Sequence[tuple[contact_pb2.Contact, Meta]]) -> None:
    """Receives contacts from their stream: `contact.<service>.<id>`; without service from the release before."""
    keep_all([(event, _service_of(meta.subject), meta) for event, meta in given])


def _service_of(subject: str) -> str:
    _stream, service, *rest = subject.split(".")
    return service if rest else ""


def keep(event: contact_pb2.Contact, service: str) -> None:
    """Keeps a contact for which its service was asked."""
    keep_all([(event, service, None)])


def keep_all(given: Sequence[tuple[contact_pb2.Contact, str, Meta | None]]) -> None:
    """Keeps the contacts of persons as they stand now, each given by a service; an older version changes nothing, nor
    does another service where deposit gave them: it alone moves the contacts of an account. An erasure empties all.
    What is known of the act that gave them is None when the service was asked.
    """
    if not given:
        return
    values = [_values(event, service) for event, service, _ in given]
    stored = zip(given, values, strict=True)
    moved = store.put_contacts([(event.contact_id, event.version, kept) for (event, *_), kept in stored])
    for rank, (event, _service, meta) in enumerate(given):
        # Of who was not known, nothing was given up. What comes again may have been kept by one who then died.
        way = any(values[rank][name] for name in ("courriel", "telephone", "adresse", "point_accueil_id"))
        if way and (rank in moved or (meta is not None and meta.again)):
            look_again(event.contact_id, meta.time if meta is not None else None)
        if event.efface:
            # Run at every delivery of the erasure: one that died half-way is finished by the next.
            store.forget_content(event.contact_id)
            store.wake_envois(destinataire_id=event.contact_id)
            logs.get().info("contact.efface")


def _values(event: contact_pb2.Contact, service: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "source": service,
        "nom": event.nom,
        "courriel": event.courriel.strip(),
        "telephone": event.telephone.strip(),
        "adresse": [line for line in event.adresse if line.strip()],
        "point_accueil_id": event.point_accueil_id,
        "langue": event.langue,
        "canaux": [CANAL_OF_NUMBER[number] for number in event.canaux if number in CANAL_OF_NUMBER],
        "protege": event.protege,
        "canaux_confirmes": [CANAL_OF_NUMBER[number] for number in event.canaux_confirmes if number in CANAL_OF_NUMBER],
        "efface": event.efface,
    }
    if event.efface:
        values |= dict.fromkeys(("nom", "courriel", "telephone", "point_accueil_id"), "")
        values |= {"adresse": [], "canaux": [], "canaux_confirmes": []}
    return values | {"cles": list(_keys(addresses(store.Contact(**values))).values())}


def look_again(contact_id: str, act_time: datetime | None) -> None:
    """What was due while she had no way (an account frozen, nothing confirmed as safe) may be told now; a link of
    before this act has ended.
    """
    ended = [modele.nom for modele in textes.table().values() if modele.repli]
    store.look_again(contact_id, (rules.NON_RECU, rules.AUCUNE_VOIE), ended, act_time)


def receive_prefectures(
    given: Sequence[tuple[deposit_pb2.DemandeDeposee | deposit_pb2.DemandeTransferee, Meta]],
) -> None:
    """Learns which préfecture a parcours concerns, whose agents may see its messages (XCT-07), and which title."""
    store.add_to_all_parcours(
        (meta.parcours, {"prefectures": event.prefecture, "titres": getattr(event, "titre_code", "")})
        for event, meta in given
    )


def receive_rattachement(event: deposit_pb2.ParcoursRattache, meta: Meta) -> None:
    """Two parcours are one person's: the messages of both are shown together (XCT-21)."""
    store.add_to_parcours(event.parcours_id, joint=event.ancien_parcours_id)
    store.add_to_parcours(event.ancien_parcours_id, joint=event.parcours_id)


@dataclass(frozen=True)
class Personne:
    """How a person can be reached now: her addresses by way, and the ways that are left, in order."""

    contact: Contact
    adresses: Mapping[str, list[str]]
    voies: tuple[str, ...]


def find(contact_id: str) -> Contact | None:
    """The last known contact, or None when none has come yet."""
    found: Contact | None = Contact.objects(id=contact_id).first()
    return found


def find_all(contact_ids: Iterable[str]) -> dict[str, Personne]:
    """Those of these persons who are known, read together with the addresses refused for good."""
    asked = set(contact_ids)
    found = store.known(asked) if asked else []
    keys = {contact.id: _keys(addresses(contact)) for contact, _ in found}
    dead = {key for _, refused in found for key in refused}
    # Written before their keys were kept beside them.
    late = [key for contact, _ in found for key in set(keys[contact.id].values()) - set(contact.cles)]
    dead |= store.refused(late) if late else set()
    return {contact.id: _personne(contact, keys[contact.id], dead) for contact, _ in found}


def moved(personnes: Mapping[str, Personne]) -> set[str]:
    """Those of these persons who changed something, or were erased, since they were read."""
    now = store.versions(personnes)
    return {key for key, personne in personnes.items() if now.get(key) != personne.contact.contact_version}


def is_older(personne: Personne, message: Message) -> bool:
    """Whether what is read of this person is from before the act that asks to tell her."""
    return bool(personne.contact.contact_version < (message.contact_version or 0))


def erased(contact_ids: Iterable[str]) -> list[str]:
    """Those of these persons who were erased."""
    asked = list(set(contact_ids))
    return [contact.id for contact in Contact.objects(id__in=asked, efface=True).only("id")] if asked else []


def addresses(contact: Contact) -> dict[str, list[str]]:
    """The address of each way that has one: one line, or the lines of a letter. A landline is called, never texted."""
    lines_by_canal = {
        rules.COURRIEL: [contact.courriel] if contact.courriel else [],
        rules.SMS: [contact.telephone] if is_mobile(contact.telephone or "") else [],
        rules.LETTRE: [contact.nom or "", *contact.adresse] if contact.adresse else [],
        rules.APPEL: [contact.telephone] if contact.telephone else [],
        rules.ACCUEIL: [contact.point_accueil_id] if contact.point_accueil_id else [],
    }
    return {canal: lines for canal, lines in lines_by_canal.items() if lines}


def ways(contact: Contact) -> tuple[str, ...]:
    """The ways of this person now, in order: those refused for good by a carrier are left out."""
    keys = _keys(addresses(contact))
    return _personne(contact, keys, store.refused(list(keys.values()))).voies


def _keys(lines_by_canal: Mapping[str, list[str]]) -> dict[str, str]:
    return {canal: store.address_key(canal, "\n".join(lines)) for canal, lines in lines_by_canal.items()}


def _personne(contact: Contact, keys: Mapping[str, str], dead: set[str]) -> Personne:
    voies = rules.ways(
        rules.Joignable(
            canaux=tuple(contact.canaux),
            confirmes=tuple(contact.canaux_confirmes),
            atteignables=frozenset(canal for canal, key in keys.items() if key not in dead),
            protege=contact.protege,
        )
    )
    return Personne(contact, addresses(contact), voies)
