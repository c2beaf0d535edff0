"""Calls to make: identity first by fixed questions, then the words, then the result; nothing is said before.

The agent writes what the person answers; what is compared is never shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from chassis import clock, outbox
from chassis.settings import Settings
from chassis.web.who import Who
from droit.decision import Refused
from personne.departement import postcodes
from services.notify import inputs, rules, store, textes
from services.notify.actions import acces, contacts, preuves
from services.notify.options import NotifyOptions
from services.notify.store import Contact, Envoi, Message

JOINT, ABSENT, TIERS, REFUS, INCONNU = "joint", "absent", "tiers", "refus", "identite_refusee"
RAPPEL = timedelta(days=1)


@dataclass(frozen=True)
class Fiche:
    """A call on the agent's screen: the number to dial, the questions, and the words once the identity is verified."""

    envoi: Envoi
    telephone: str
    seconde_question: str
    corps: str


def queue(who: Who) -> list[Envoi]:
    """Calls to make that this agent may see: those with a due date first, then those that have waited longest."""
    acces.check_act("appels", who)
    today = clock.today()
    found = store.queue(rules.APPEL, (rules.A_REMETTRE,), None)
    seen = [
        envoi
        for envoi in found
        if acces.may_see("appels", envoi.parcours_id, who) and (envoi.rappel_date or today) <= today
    ]
    return sorted(seen, key=lambda envoi: (envoi.echeance_date is None, envoi.echeance_date or today, envoi.cree_time))


def open_call(envoi_id: str, who: Who, settings: Settings) -> Fiche:
    """What the agent may see now: no content before the identity is verified by herself, for this call."""
    envoi = acces.access_envoi(envoi_id, "appels", rules.APPEL, who)
    contact = _contact(envoi)
    message = Message.objects(id=envoi.message_id).first()
    verified = envoi.identite_par == who.subject and envoi.state == rules.A_REMETTRE
    corps = ""
    if verified:
        own = message.textes.get("appel") or message.textes.get("corps", "")
        spoken = textes.neutral("fr").appel if contact.protege else own
        corps = textes.with_secrets("\n\n".join(textes.paragraphs(spoken)), message.champs, settings)
    return Fiche(envoi, contact.telephone or "", _second_question(message, contact), corps)


@outbox.retry_conflicts
def verify_identity(envoi_id: str, said: inputs.Identite, who: Who, *, request_id: str) -> Envoi:
    """Compares what the person answered. Raises Refused(IDENTITE_NON_VERIFIEE); nothing is then shown nor said."""
    envoi = acces.access_envoi(envoi_id, "appels", rules.APPEL, who)
    if outbox.already(envoi, request_id):
        return envoi
    rules.require_state(envoi.state, rules.A_REMETTRE).or_refuse()
    contact, message = _contact(envoi), Message.objects(id=envoi.message_id).first()
    rules.may_tell_by_voice(contact.nom or "", said.nom, right_answers(message, contact), said.reponse).or_refuse()
    if not store.engage(envoi.message_id, rules.PLANIFIE):
        preuves.withdraw(envoi_id, who.subject)
        raise Refused(rules.ENVOI_PAS_DANS_CET_ETAT)
    envoi.identite_par = who.subject
    return outbox.update(envoi, request_id=request_id)


@outbox.retry_conflicts
def record_result(envoi_id: str, issue: str, who: Who, settings: Settings, *, request_id: str) -> Envoi:
    """Records a call: `joint` is LU and needs the identity verified by this agent; no answer is tried another day."""
    envoi = acces.access_envoi(envoi_id, "appels", rules.APPEL, who)
    if outbox.already(envoi, request_id):
        return envoi
    rules.require_state(envoi.state, rules.A_REMETTRE).or_refuse()
    if issue == JOINT:
        if envoi.identite_par != who.subject:
            raise Refused(rules.IDENTITE_NON_VERIFIEE)
        return preuves.mark_lu(envoi_id, {"appel": JOINT, "par": who.subject}, by=who.subject)
    if issue == REFUS:
        return preuves.mark_echec(envoi_id, "APPEL_REFUSE", definitif=True, by=who.subject)
    if envoi.appels + 1 >= NotifyOptions.from_env(settings).appels_max:
        return preuves.mark_echec(envoi_id, "APPEL_SANS_REPONSE", definitif=True, by=who.subject)
    preuve = {
        "genre": "appel",
        "time": clock.now(),
        "day": clock.today().isoformat(),
        "issue": issue,
        "par": who.subject,
    }
    envoi.preuves.append(preuve)
    envoi.appels += 1
    envoi.identite_par = ""
    envoi.rappel_date = clock.today() + RAPPEL
    return outbox.update(envoi, request_id=request_id)


def _contact(envoi: Envoi) -> Contact:
    contact = contacts.find(envoi.destinataire_id)
    if contact is None or contact.efface or rules.APPEL not in contacts.ways(contact):
        raise Refused(rules.ENVOI_PAS_DANS_CET_ETAT)
    return contact


def right_answers(message: Message, contact: Contact) -> list[str]:
    """What only the person knows beside her name: the reference of her dossier, the postcode where she lives."""
    return [message.reference or "", *postcodes("\n".join(contact.adresse))]


def _second_question(message: Message, contact: Contact) -> str:
    """Which question to ask; empty when we know nothing to compare the answer with."""
    if message.reference:
        return "reference"
    return "code_postal" if right_answers(message, contact)[1:] else ""
