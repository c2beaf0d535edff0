"""What a person tells of herself while her demandes are open: a change joins each of them, with its acknowledgement."""

from __future__ import annotations

from typing import Any

from chassis import clock, messages, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.compte.actions import comptes
from services.deposit.dossier.actions.acces import access_demande, access_usager
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.echange import Echange
from services.deposit.droits.actions import settle

ADRESSE, ETAT_CIVIL, SITUATION = "ADRESSE", "ETAT_CIVIL", "SITUATION_MATRIMONIALE"
OBJETS = (ADRESSE, ETAT_CIVIL, SITUATION)
OUVERTES = (*etats.EN_INSTRUCTION, etats.FAVORABLE, etats.TITRE_PRET)

CHANGEMENT_VIDE = Motif(
    "CHANGEMENT_VIDE",
    "regle-du-service",
    "Dites ce qui change.",
    "Écrivez-le avec vos mots : la préfecture le lit dans chaque dossier ouvert.",
    Genre.INVALIDE,
)


def report(usager_id: str, objet: str, texte: str, who: Who, *, request_id: str, **contacts: Any) -> list[str]:
    """A change of address, civil status or situation; returns the references of the demandes that it joins (DEP-16).

    Each demande is one write that a repeat of the same `request_id` finds done: a stop in the middle loses none.
    """
    if objet not in OBJETS or not texte.strip():
        raise Refused(CHANGEMENT_VIDE, champ="texte")
    usager = access_usager(usager_id, who, acces.ACT)
    if contacts:
        comptes.change_contacts(usager.id, by=who.subject, request_id=f"{request_id}:contacts", **contacts)
    joined = []
    for found in Demande.objects(usager_id=usager.id, state__in=OUVERTES).only("id").limit(50):
        joined.append(_join(found.id, objet, texte.strip()[:4000], who, f"{request_id}:{found.id}").reference)
    return joined


@outbox.retry_conflicts
def _join(demande_id: str, objet: str, texte: str, who: Who, request_id: str) -> Demande:
    demande: Demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet=f"CHANGEMENT_{objet}")
    told = messages.fact(
        "deposit",
        messages.Notice(
            destinataire_id=demande.usager_id,
            parcours_id=demande.parcours_id,
            modele="changement_recu",
            champs={"reference": demande.reference, "libelle": demande.libelle, "objet": objet, "texte": texte},
            demande_id=demande.id,
        ),
    )
    fact = Fact("deposit.demande.modifiee", changed, by=who.subject, prive={"objet": objet, "texte": texte})
    return outbox.update(demande, fact, told, request_id=request_id)


def write(demande_id: str, texte: str, who: Who, *, request_id: str, objet: str = "") -> Echange:
    """A message of the person in the thread of her demande; it stays there for good (DEP-44)."""
    demande = access_demande(demande_id, who, acces.ACT)
    if not texte.strip():
        raise Refused(CHANGEMENT_VIDE, champ="texte")
    added_id = outbox.id_for(request_id, "echange")
    echange = Echange(
        id=added_id,
        parcours_id=demande.parcours_id,
        demande_id=demande.id,
        usager_id=demande.usager_id,
        administration=False,
        par=who.subject,
        objet=objet[:200],
        texte=texte.strip()[:8000],
        jour_date=clock.today(),
        time=clock.now(),
    )
    added = events_pb2.EchangeAjoute(demande_id=demande.id, echange_id=added_id, administration=False)
    return outbox.insert(echange, Fact("deposit.echange.ajoute", added, by=who.subject), request_id=request_id)


@outbox.retry_conflicts
def repudiate(demande_id: str, texte: str, who: Who, *, request_id: str) -> Demande:
    """A demande filed by another is set aside: no refusal, not counted against the holder, auditable (DEP-07)."""
    demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    etats.may_become(demande.state, etats.REPUDIEE).or_refuse()
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="REPUDIEE")
    fact = Fact("deposit.demande.modifiee", changed, by=who.subject, prive={"texte": texte.strip()[:4000]})
    today = clock.today()
    demande.state, demande.state_date = etats.REPUDIEE, today
    demande.urgences.append({"code": "USURPATION", "jour": today.isoformat()})
    return settle.write(demande, fact, request_id=request_id, today=today, by=who.subject)
