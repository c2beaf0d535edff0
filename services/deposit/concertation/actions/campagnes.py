"""Before a démarche joins the téléservice, its holders, the helpers and the desks are told (NOT-11, CASE-65).

The desks (contact centre, préfectures, reception points) are told by ccc, which keeps their mailboxes.
"""

from __future__ import annotations

from typing import Any

from chassis import clock, messages, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.concertation.rules import campagnes as rules
from services.deposit.concertation.store.campagne import STRUCTURES, TITULAIRES, Campagne
from services.deposit.dossier.store.usager import Structure, Usager

BATCH = 50


def open_due() -> int:
    """Opens each campaign once: its name is the démarche and its day."""
    frame, today = cadre(), clock.today()
    joining = rules.entries(frame.catalogue, today, frame.number("P-CAMPAGNE", today), frame.position)
    names = {outbox.id_for(f"{entry.code}:{entry.effet}", "campagne"): entry for entry in joining}
    already_open = {found["_id"] for found in collection_of(Campagne).find({"_id": {"$in": list(names)}}, {"_id": 1})}
    for name, entry in names.items():
        if name in already_open:
            continue
        made = Campagne(
            id=name,
            parcours_id=name,
            code=entry.code,
            libelle=entry.libelle,
            effet_date=entry.effet,
            ouverture_date=today,
        )
        opened = events_pb2.CampagneOuverte(
            campagne_id=name, code=entry.code, libelle=entry.libelle, effet_date=entry.effet.isoformat()
        )
        outbox.insert(made, Fact("deposit.campagne.ouverte", opened))
    return len(names) - len(already_open)


def send_batch(most: int = BATCH) -> int:
    """Writes to the next `most` holders, then helpers; once each, whatever happens to the cursor."""
    campagne = mongo.find(Campagne, envoi__gt="")
    if campagne is None:
        return 0
    holders = campagne.envoi == TITULAIRES
    document = Usager if holders else Structure
    # A démarche of the téléservice that is no title concerns whoever holds one.
    is_titre = any(titre.code == campagne.code for titre in cadre().catalogue.titres())
    holds: dict[str, Any] = {"titres.titre_code": campagne.code} if is_titre else {"titres.fin_date": {"$gt": ""}}
    criteria = {"_id": {"$gt": campagne.envoi_curseur}} | (
        holds if holders else {"active": True, "courriel": {"$gt": ""}}
    )
    batch = list(collection_of(document).find(criteria, {"_id": 1}).sort("_id", 1).limit(most))
    for found in batch:
        _tell(document, found["_id"], campagne)
    cursor, envoi = (batch[-1]["_id"] if batch else ""), campagne.envoi
    if len(batch) < most:
        cursor, envoi = "", STRUCTURES if holders else ""
    try:
        campagne.envoi = envoi
        campagne.envoi_curseur = cursor
        outbox.update(campagne)
    except outbox.Conflict:
        return 1
    return max(len(batch), 1)


@outbox.retry_conflicts
def _tell(document: type[Usager] | type[Structure], key: str, campagne: Campagne) -> None:
    found = document.objects(id=key).first()
    step = f"campagne:{campagne.id}"
    if found is None or outbox.already(found, step) or campagne.effet_date <= clock.today():
        return
    champs = {"libelle": campagne.libelle, "effet_date": campagne.effet_date.isoformat()}
    modele = "campagne_titulaire" if document is Usager else "campagne_bureau"
    asked = messages.Notice(found.id, found.parcours_id, modele, champs)
    outbox.update(found, messages.fact("deposit", asked), request_id=step)
