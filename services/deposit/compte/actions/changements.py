"""What a person tells of herself while her demandes are open: a change joins each of them, with its acknowledgement."""

from __future__ import annotations

from typing import Any

from chassis import clock, messages, outbox
from chassis.outbox import Fact
from chassis.web.inputs import lines_of
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.blocage.actions import blocages
from services.deposit.compte import inputs
from services.deposit.compte.actions import comptes
from services.deposit.demande.actions import views
from services.deposit.dossier.actions.acces import access_demande, access_usager
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.echange import Echange

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


def report(usager_id: str, said: inputs.Changement, who: Who, *, request_id: str) -> list[str]:
    """A change of address, civil status or situation; returns the references of the demandes that it joins (DEP-16).

    Each demande is one write that a repeat of the same `request_id` finds done: a stop in the middle loses none.
    """
    words = (said.adresse, said.telephone, said.texte) if said.objet == ADRESSE else (said.texte,)
    texte = "\n".join(filter(None, words))
    if said.objet not in OBJETS or not texte:
        raise Refused(CHANGEMENT_VIDE, champ="texte")
    usager = access_usager(usager_id, who, acces.ACT)
    if said.objet == ADRESSE:
        reached: dict[str, Any] = {"adresse": list(lines_of(said.adresse)), "telephone": said.telephone}
        reached |= {name: v for name, v in (("prefecture", said.prefecture), ("langue", said.langue)) if v}
        comptes.change_contacts(usager.id, by=who.subject, request_id=f"{request_id}:contacts", **reached)
    joined = []
    for found in Demande.objects(usager_id=usager.id, state__in=OUVERTES).only("id").limit(50):
        joined.append(_join(found.id, said.objet, texte, who, f"{request_id}:{found.id}").reference)
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
    fact = Fact("deposit.demande.modifiee", changed, by=who.subject, private={"objet": objet, "texte": texte})
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


def declare_impediment(
    demande_id: str, demande_pieces_id: str, said: inputs.Empechement, who: Who, *, request_id: str
) -> Demande:
    """« Je ne peux pas l’avoir pour le moment »: the delay stops from today, and the préfecture reads why (DEP-37)."""
    _check_asked(demande_id, demande_pieces_id, who)
    write(demande_id, said.texte, who, request_id=request_id, objet="Empêchement déclaré")
    blocages.stop_clock(demande_id, stop_key(demande_pieces_id), "EMPECHEMENT", clock.today(), by=who.subject)
    return access_demande(demande_id, who)


def end_impediment(demande_id: str, demande_pieces_id: str, who: Who) -> Demande:
    """The delay starts again today, with the days stopped added."""
    _check_asked(demande_id, demande_pieces_id, who)
    blocages.start_clock(demande_id, stop_key(demande_pieces_id), clock.today(), by=who.subject)
    return access_demande(demande_id, who)


def stop_key(demande_pieces_id: str) -> str:
    """The name of the stop that an impediment makes."""
    return f"empechement:{demande_pieces_id}"


def _check_asked(demande_id: str, demande_pieces_id: str, who: Who) -> None:
    demande = access_demande(demande_id, who, acces.ACT)
    if views.request_of(demande, demande_pieces_id) is None:
        raise Refused(etats.DEMANDE_INCONNUE)
