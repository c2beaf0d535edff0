"""« Ce compte n'est pas de moi »: the disputed account is frozen on the word of who claims it; her day protects her.

Whoever claims learns nothing: the answer is the same whether an account exists or not (DEP-03, DEP-06).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from chassis import clock, mongo, outbox
from chassis.mongo import collection_of
from chassis.web.who import NOBODY
from services.deposit.blocage.actions import blocages, declaration
from services.deposit.compte.actions import identites, recuperation
from services.deposit.dossier.store.usager import Blocage, Reclamation, Usager


def claim(login: str, said: Mapping[str, str], today: date, *, request_id: str) -> Blocage:
    """Records the claim as a blocage with its reference, and freezes the account that has this number or e-mail.

    An account whose holder a desk has recognised is frozen by a desk alone: a bare word must not lock her out.
    """
    blocage = declaration.blocage({**said, "symptome": "COMPTE_EXISTANT"}, NOBODY, today, request_id=request_id)
    usager = recuperation.find(login)
    if usager is not None:
        _record(usager, blocage, today)
        if not usager.gele and not usager.titulaire_date:
            identites.freeze(usager.id, by="anonyme", request_id=f"{request_id}:gel")
    return blocage


def _record(usager: Usager, blocage: Blocage, today: date) -> None:
    """Keeps the claim and its day, which protects the true holder from the deadlines of the disputed account."""
    doc = {
        "_id": outbox.id_for(blocage.id, "reclamation"),
        "parcours_id": blocage.parcours_id,
        "usager_id": usager.id,
        "blocage_id": blocage.id,
        "reference": blocage.reference,
        "contact_id": blocage.contact_id,
        "jour_date": today.isoformat(),
        "time": clock.now(),
        "issue": "",
    }
    mongo.insert_once(collection_of(Reclamation), doc)
    blocages.concerns(blocage.id, usager.id)
