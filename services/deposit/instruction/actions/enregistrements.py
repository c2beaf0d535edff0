"""Registration: the first time that an agent of the préfecture opens a demande or acts on it (DEP-64).

Not the day on which our own view copied the demande: that one is ours, and says nothing of the préfecture.
"""

from __future__ import annotations

from chassis import clock
from chassis.mongo import collection_of
from chassis.web.who import AGENT, Who
from services.deposit.droits.store import Ligne
from services.deposit.instruction.actions import file_attente
from services.deposit.instruction.actions.pouvoirs import BUREAU


def record(demande_id: str, who: Who) -> None:
    """Keeps the day of the first view or act by an agent who instructs there; later ones change nothing."""
    if who.kind != AGENT or not who.has(*BUREAU):
        return
    unread = {"_id": demande_id, "enregistree_date": {"$in": [None, ""]}}
    here = {"prefecture": {"$in": file_attente.prefectures_of(who)}}
    collection_of(Ligne).update_one(unread | here, {"$set": {"enregistree_date": clock.today().isoformat()}})
