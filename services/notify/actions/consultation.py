"""What is shown: one person's messages and proofs, the failures, the queues' counts. No address is shown whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis import clock, trials
from chassis.trials import Trial
from chassis.web.who import Who
from services.notify import rules, store, textes
from services.notify.actions import acces, contacts
from services.notify.store import Envoi as Envoi
from services.notify.store import Message

CACHE = "masqué"
# Messages of which another service may ask at once.
MESSAGES_MAX = 200
# A feature that is tried, under the code of its experiment.
CE_QUI_ARRIVE = "ce-qui-arrive"


@dataclass(frozen=True)
class EnvoiVu:
    """A sending on a screen."""

    id: str
    canal: str
    state: str
    cause: str
    vers: str
    dates: dict[str, datetime]
    preuves: list[dict[str, Any]]
    neutre: bool


@dataclass(frozen=True)
class MessageVu:
    """A message on a screen, with its sendings, oldest first."""

    message: Message
    textes: dict[str, str]
    envois: list[EnvoiVu]
    protege: bool
    peut_changer: bool
    peut_annuler: bool
    peut_rectifier: bool
    peut_reessayer: bool


def messages_of_parcours(parcours_id: str, who: Who) -> list[MessageVu]:
    """The messages of a parcours and of those of the same person that this agent may see, most recent first."""
    acces.check_act("voir", who)
    acces.check_parcours("voir", parcours_id, who)
    ids = [found for found in acces.joined(parcours_id) if acces.may_see("voir", found, who)]
    found = list(Message.objects(parcours_id__in=ids).order_by("-cree_time").limit(store.PAGE))
    return _with_envois(found)


@dataclass(frozen=True)
class Arrivees:
    """Of what left for a person, by way: how many sendings arrived, of how many; and the trial by which it is said."""

    essai: Trial
    voies: tuple[tuple[str, int, int], ...]


def arrived(parcours_id: str, seen: Sequence[MessageVu]) -> Arrivees | None:
    """Which ways bring her what is sent, the best first; None where that is not said, or nothing has left."""
    places, titles = acces.prefectures_of(parcours_id), acces.titres_of(parcours_id)
    essai = trials.running("notify", CE_QUI_ARRIVE, places, titles, clock.today())
    sent = [envoi for vu in seen for envoi in vu.envois if "remis" in envoi.dates]
    if essai is None or not sent:
        return None
    left, got = Counter(e.canal for e in sent), Counter(e.canal for e in sent if e.state in (rules.DELIVRE, rules.LU))
    best = sorted(left, key=lambda canal: (-got[canal] / left[canal], canal))
    return Arrivees(essai, tuple((canal, got[canal], left[canal]) for canal in best))


def find_parcours(text: str, who: Who) -> str | None:
    """The parcours named by its identifier or by a reference told to the person; None when this agent sees none."""
    acces.check_act("voir", who)
    asked = text.strip()[:60]
    if not asked:
        return None
    found = Message.objects(parcours_id=asked).first() or Message.objects(reference=asked).first()
    if found is None or not acces.may_see("voir", found.parcours_id, who):
        return None
    return str(found.parcours_id)


def message(message_id: str, who: Who) -> MessageVu:
    """One message with its proofs."""
    return _with_envois([acces.access_message(message_id, "voir", who)])[0]


def envois_of_parcours(parcours_id: str) -> list[Envoi]:
    """The sendings of a parcours and of those of the same person, most recent first, for the other services."""
    found: list[Envoi] = list(
        Envoi.objects(parcours_id__in=acces.joined(parcours_id)).order_by("-cree_time").limit(store.PAGE)
    )
    return found


def envois_of(message_ids: Sequence[str]) -> list[Envoi]:
    """The sendings of these messages, most recent first, for the service that asked for them."""
    return store.envois_of(message_ids[:MESSAGES_MAX])[::-1]


def failures(who: Who) -> list[MessageVu]:
    """Messages that reached nobody or that wait, most recent first."""
    acces.check_act("echecs", who)
    found = list(
        Message.objects(state__in=[rules.NON_RECU, rules.A_PLANIFIER]).order_by("-cree_time").limit(store.PAGE)
    )
    return _with_envois([each for each in found if acces.may_see("echecs", each.parcours_id, who)])


def counts() -> dict[str, int]:
    """How much waits in each queue."""
    waiting = (rules.A_REMETTRE,)
    return {canal: store.count_queue(canal, waiting) for canal in rules.CANAUX}


def _with_envois(found: list[Message]) -> list[MessageVu]:
    sent: dict[str, list[Envoi]] = {}
    for envoi in store.envois_of([each.id for each in found]):
        sent.setdefault(envoi.message_id, []).append(envoi)
    return [_message(each, sent.get(each.id, [])) for each in found]


def _message(found: Message, sent: list[Envoi]) -> MessageVu:
    contact = contacts.find(found.destinataire_id)
    protege = bool(contact is not None and contact.protege)
    left = found.engage_time is not None
    return MessageVu(
        message=found,
        textes=textes.without_secrets(found.textes),
        envois=[_envoi(envoi, protege) for envoi in sent],
        protege=protege,
        peut_changer=rules.may_change_text(found.state, left).accepted,
        peut_annuler=found.state in (rules.A_PLANIFIER, rules.PLANIFIE, rules.REJETE)
        and (not left or any(envoi.state == rules.A_REMETTRE for envoi in sent)),
        peut_rectifier=rules.may_rectify(left).accepted,
        peut_reessayer=rules.may_try_again(found.state).accepted,
    )


def _envoi(envoi: Envoi, protege: bool) -> EnvoiVu:
    dates = {
        "cree": envoi.cree_time,
        "remis": envoi.remis_time,
        "delivre": envoi.delivre_time,
        "lu": envoi.lu_time,
        "echec": envoi.echec_time,
    }
    return EnvoiVu(
        id=envoi.id,
        canal=envoi.canal,
        state=envoi.state,
        cause=envoi.cause,
        vers=CACHE if protege else mask(envoi.canal, envoi.adresse),
        dates={name: value for name, value in dates.items() if value is not None},
        preuves=[dict(preuve) for preuve in envoi.preuves],
        neutre=envoi.neutre,
    )


def mask(canal: str, adresse: list[str]) -> str:
    """Enough to tell two addresses apart, too little to write to one."""
    if not adresse:
        return ""
    if canal == rules.COURRIEL:
        local, _, domain = adresse[0].partition("@")
        return f"{local[:1]}…@{domain}"
    if canal in (rules.SMS, rules.APPEL):
        return f"…{adresse[0][-2:]}"
    return adresse[-1]
