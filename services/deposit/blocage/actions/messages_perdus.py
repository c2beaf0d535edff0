"""A message on which an act depends did not arrive: that is a blocage, recorded without being asked (NOT-06,
DEP-04).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blocage.actions import Constat
from sejour.blocage.v1 import blocage_pb2
from sejour.notify.v1 import events_pb2 as notify
from services.deposit.blocage.actions import blocages
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager

if TYPE_CHECKING:
    from chassis.inbox import Meta


RECUPERATION = "recuperation"


def on_non_recu(event: notify.MessageNonRecu, meta: Meta) -> None:
    """No way reached the person in time; the clocks of the demande stop and a route opens."""
    if event.acte_attendu:
        _record(event.message_id, event.destinataire_id, event.demande_id, event.modele, meta)


def on_echec(event: notify.EnvoiEchoue, meta: Meta) -> None:
    """A link to come back in gave no proof in P-PWD: a blocage at once, whatever way is tried next (DEP-04)."""
    if event.modele == RECUPERATION:
        _record(event.message_id, event.destinataire_id, "", event.modele, meta)


def _record(message_id: str, usager_id: str, demande_id: str, modele: str, meta: Meta) -> None:
    usager = Usager.objects(id=usager_id).first()
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
            jour=meta.day,
            par="systeme",
            usager_id=usager.id,
            demande_id=demande_id,
            titre_code=demande.titre_code if demande else "",
            demarche_code=demande.demarche_code if demande else "",
        ),
        request_id=f"non-recu:{message_id}",
    )
