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


def on_non_recu(event: notify.MessageNonRecu, meta: Meta) -> None:
    """No way reached the person in time; the clocks of the demande stop and a route opens."""
    usager = Usager.objects(id=event.destinataire_id).first()
    if usager is None or usager.gele or not event.acte_attendu:
        return
    demande = Demande.objects(id=event.demande_id).first() if event.demande_id else None
    blocages.record(
        Constat(
            parcours_id=usager.parcours_id,
            symptome=blocage_pb2.SYMPTOME_MESSAGE_NON_RECU,
            prefecture=demande.prefecture if demande else usager.prefecture,
            jour=meta.day,
            par="systeme",
            usager_id=usager.id,
            demande_id=event.demande_id,
            titre_code=demande.titre_code if demande else "",
            demarche_code=demande.demarche_code if demande else "",
        ),
        request_id=f"non-recu:{event.message_id}",
    )
