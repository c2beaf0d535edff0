"""Files of pieces as they are sent: by parts that resume, or by one plain form."""

from __future__ import annotations

from flask import url_for

from chassis.web.uploads import Accepts, Received
from chassis.web.who import Who
from droit.decision import Refused
from services.deposit.compte.api import proof_wall
from services.deposit.demande.actions import demandes
from services.deposit.dossier.actions import fichiers
from services.deposit.dossier.actions.acces import ACT, access_demande


def may_upload(who: Who, metadata: dict[str, str]) -> Accepts:
    """The holder or her helper, on a demande that takes pieces; up to P-SIZE a file (DEP-30)."""
    if not proof_wall.may_touch(metadata.get("demande", "")):
        raise Refused(proof_wall.PREUVE_DEMANDEE)
    access_demande(metadata.get("demande", ""), who, ACT)
    return Accepts(max_bytes=fichiers.max_bytes(), types=fichiers.TYPES)


def on_complete(who: Who, received: Received) -> str:
    """Joins the stored file to its piece; gives the page of the pieces back."""
    demande = demandes.add_piece(
        received.metadata["demande"],
        received.metadata.get("code", "autre"),
        received.stored,
        who,
        request_id=received.request_id,
    )
    return url_for("depot.pieces", demande_id=demande.id)
