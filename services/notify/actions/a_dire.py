"""What a reception point tells to the persons who named it: the list, the words once it is she, and how it ended."""

from __future__ import annotations

from chassis import outbox
from droit.decision import Genre, Motif, Refused
from services.notify import rules, store, textes
from services.notify.actions import appels, contacts, preuves
from services.notify.store import Contact, Envoi, Message

A_DIRE_INCONNU = Motif(
    "A_DIRE_INCONNU",
    "regle-du-service",
    "Il n’y a plus rien à dire à cette personne pour ce message.",
    "Revenez à la page du lieu : la liste est à jour.",
    Genre.INTROUVABLE,
)


def of_lieu(lieu_id: str) -> list[tuple[Envoi, Contact]]:
    """What waits to be told there, what ends first before the others; nothing of who has named another place since."""
    waiting = store.queue(rules.ACCUEIL, (rules.A_REMETTRE,), None)
    people = contacts.find_all(envoi.destinataire_id for envoi in waiting)
    found = [(envoi, people[envoi.destinataire_id]) for envoi in waiting if envoi.destinataire_id in people]
    hers = [(envoi, who.contact) for envoi, who in found if _names(who.contact, who.voies, lieu_id)]
    return sorted(hers, key=lambda pair: (pair[0].echeance_date is None, pair[0].echeance_date, pair[0].cree_time))


@outbox.retry_conflicts
def read(envoi_id: str, lieu_id: str, said: tuple[str, str, str], *, by: str) -> tuple[str, str]:
    """The subject and the words. `said`: the paper seen; else by telephone her name and what else she answered.

    Raises Refused(IDENTITE_NON_VERIFIEE), and nothing is then told.
    """
    envoi, contact = _waiting(envoi_id, lieu_id)
    message: Message = Message.objects(id=envoi.message_id).first()
    papier, nom, reponse = said
    if not papier:
        rules.may_tell_by_voice(contact.nom or "", nom, appels.right_answers(message, contact), reponse).or_refuse()
    if not store.engage(envoi.message_id, rules.PLANIFIE):
        preuves.withdraw(envoi_id, by)
        raise Refused(A_DIRE_INCONNU)
    words = message.textes
    own = words.get("appel") or words.get("corps", "")
    neutral = textes.neutral("fr")
    objet, corps = (neutral.objet, neutral.appel) if contact.protege else (words.get("objet", ""), own)
    return objet, "\n\n".join(textes.paragraphs(corps))


def note(envoi_id: str, lieu_id: str, *, dit: bool, by: str) -> bool:
    """It was told, or she could not be reached: the next way is then tried. False when it waited no more."""
    try:
        _waiting(envoi_id, lieu_id)
    except Refused:
        return False
    if dit:
        preuves.mark_lu(envoi_id, {"accueil": "dit", "lieu": lieu_id, "par": by}, by=by)
    else:
        preuves.mark_echec(envoi_id, "ACCUEIL_PAS_JOIGNABLE", definitif=True, by=by)
    return True


def _waiting(envoi_id: str, lieu_id: str) -> tuple[Envoi, Contact]:
    envoi = Envoi.objects(id=envoi_id, canal=rules.ACCUEIL, state=rules.A_REMETTRE).first()
    who = contacts.find_all([envoi.destinataire_id]).get(envoi.destinataire_id) if envoi is not None else None
    if envoi is None or who is None or not _names(who.contact, who.voies, lieu_id):
        raise Refused(A_DIRE_INCONNU)
    return envoi, who.contact


def _names(contact: Contact, voies: tuple[str, ...], lieu_id: str) -> bool:
    return contact.point_accueil_id == lieu_id and rules.ACCUEIL in voies and not contact.efface
