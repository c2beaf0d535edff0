"""A message on which an act depends did not arrive: that is a blocage, recorded without being asked (NOT-06,
DEP-04).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from blocage.actions import Constat
from chassis import mongo, outbox
from chassis.outbox import Fact
from sejour.blocage.v1 import blocage_pb2
from sejour.deposit.v1 import events_pb2
from sejour.notify.v1 import events_pb2 as notify
from services.deposit.blocage.actions import blocages
from services.deposit.dossier.rules import attentes
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import EN_PERSONNE, Usager

if TYPE_CHECKING:
    from chassis.inbox import Meta


RECUPERATION = "recuperation"
# Answers to a demande: who is not told them loses days to act.
A_DIRE = ("decision_favorable", "decision_defavorable", "demande_close", "pieces_demandees", "titre_pret")


def on_non_recu(event: notify.MessageNonRecu, meta: Meta) -> None:
    """No way reached the person in time; the clocks of the demande stop and a route opens.

    An answer to her demande that could not be told is a task of the agent, who tells it otherwise.
    """
    if event.acte_attendu:
        _record(event.message_id, event.destinataire_id, event.demande_id, event.modele, meta.day)
    if event.modele in A_DIRE:
        _wait_for_agent(event.demande_id, event.message_id, meta.day)


def on_echec(event: notify.EnvoiEchoue, meta: Meta) -> None:
    """A link to come back in gave no proof in P-PWD: a blocage at once, whatever way is tried next (DEP-04)."""
    if event.modele == RECUPERATION:
        _record(event.message_id, event.destinataire_id, "", event.modele, meta.day)


def on_slow_link(usager: Usager, jour: date) -> None:
    """A link that leaves by post or by a call only cannot arrive in P-PWD: the same blocage, at once (DEP-04)."""
    _record(usager.recuperation.get("message_id", ""), usager.id, "", RECUPERATION, jour)


@outbox.retry_conflicts
def on_lu(event: notify.EnvoiLu, meta: Meta) -> None:
    """She was told after all, by a call or by the link of the message: no agent has to tell her otherwise any more."""
    asked = {"prive.message_id": {"$eq": event.message_id, "$gt": ""}}
    told = mongo.database(ALIAS)["faits"].find_one(asked, {"aggregate": 1})
    demande = mongo.find(Demande, id=told["aggregate"]) if told else None
    if demande is None or attentes.detail(demande.attentes, attentes.NON_JOINTE, "message") != event.message_id:
        return
    demande.attentes = attentes.without(demande.attentes, attentes.NON_JOINTE)
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="ATTENTE_TRAITEE")
    outbox.update(
        demande, Fact("deposit.demande.modifiee", changed, by="systeme"), request_id=f"dit:{event.message_id}"
    )


@outbox.retry_conflicts
def _wait_for_agent(demande_id: str, message_id: str, jour: date) -> None:
    demande = mongo.find(Demande, id=demande_id) if demande_id else None
    step = f"non-dit:{message_id}"
    if demande is None or outbox.already(demande, step):
        return
    demande.attentes = attentes.add(demande.attentes, attentes.NON_JOINTE, jour, message=message_id)
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="NON_JOINTE")
    outbox.update(demande, Fact("deposit.demande.modifiee", changed, by="systeme"), request_id=step)


def _record(message_id: str, usager_id: str, demande_id: str, modele: str, jour: date) -> None:
    usager = Usager.objects(id=usager_id.removesuffix(EN_PERSONNE)).first()
    if usager is None or usager.gele:
        return
    asked = usager.recuperation or {}
    if modele == RECUPERATION and asked.get("message_id") == message_id and asked.get("faite"):
        # She came back in by it: what gave no proof had arrived.
        return
    demande = Demande.objects(id=demande_id).first() if demande_id else None
    blocages.record(
        Constat(
            parcours_id=usager.parcours_id,
            symptome=blocage_pb2.SYMPTOME_MESSAGE_NON_RECU,
            prefecture=demande.prefecture if demande else usager.prefecture,
            jour=jour,
            par="systeme",
            usager_id=usager.id,
            demande_id=demande_id,
            titre_code=demande.titre_code if demande else "",
            demarche_code=demande.demarche_code if demande else "",
        ),
        request_id=f"non-recu:{message_id}",
    )
