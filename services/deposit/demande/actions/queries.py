"""What the pages read: lists are projections, bounded; nothing here writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from pymongo import DESCENDING

from chassis import event_log, mongo
from chassis.mongo import collection_of
from documents import numero
from documents.contenu import Contenu
from documents.etat import Verification, verification
from documents.motifs import DOCUMENT_AILLEURS as DOCUMENT_AILLEURS
from droit.decision import Refused
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.echange import Echange
from services.deposit.droits.actions import attestations, preuves

ESPACE_MAX = 50
_DEJA_MAX = 5
MESSAGES_MAX = 5000
_LINE = dict.fromkeys(
    (
        "reference",
        "libelle",
        "titre_code",
        "demarche_code",
        "prefecture",
        "state",
        "state_date",
        "cree_date",
        "depot_date",
        "retenue_date",
        "fin_titre_date",
        "document_fin_date",
        "usager_id",
        "urgences",
        "incoherences",
        "origine",
        "accompagne",
        "arrets",
        "demandes_pieces",
        "decision",
        "beneficiaire",
        "reponses.carte_demandee",
        "attentes",
        "retrait_lieu",
    ),
    1,
)


def demandes_of(usager_id: str) -> list[dict[str, Any]]:
    """A person's demandes, most recent first (at most 50)."""
    return list(
        collection_of(Demande).find({"usager_id": usager_id}, _LINE).sort("cree_date", DESCENDING).limit(ESPACE_MAX)
    )


def thread(demande_id: str) -> list[dict[str, Any]]:
    """The messages of a demande in date order (at most 200)."""
    return list(collection_of(Echange).find({"demande_id": demande_id}).sort("time", 1).limit(200))


def whole_thread(demande_id: str) -> list[dict[str, Any]]:
    """Every message of a demande in date order, for the history and its exports (at most 5 000)."""
    return list(collection_of(Echange).find({"demande_id": demande_id}).sort("time", 1).limit(MESSAGES_MAX))


def history(demande: Demande) -> list[dict[str, Any]]:
    """Every fact of a demande in order, with its hash: nothing is ever removed (DEP-44)."""
    return event_log.whole_history(Demande, mongo.database(ALIAS), demande.id)


def already_filed(usager_id: str, titre_code: str, demarche_code: str) -> list[Demande]:
    """Demandes of this person for the same thing, validly filed and under way, the first filed first (at most 5)."""
    found = Demande.objects(
        usager_id=usager_id, titre_code=titre_code, demarche_code=demarche_code, state__in=etats.EN_INSTRUCTION
    ).only("reference", "libelle", "depot_date", "retenue_date", "prefecture", "beneficiaire", "origine", "state")
    real = [demande for demande in found.limit(50) if not demande.origine.get("fantome")]
    return sorted(real, key=lambda demande: demande.retenue_date)[:_DEJA_MAX]


def flags_of(demande_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By demande, what was flagged on it: urgencies, and a past that is not up to date."""
    fields = {"urgences": 1, "incoherences": 1}
    found = {row["_id"]: row for row in collection_of(Demande).find({"_id": {"$in": list(demande_ids)}}, fields)}
    return {key: {name: found.get(key, {}).get(name, []) for name in fields} for key in demande_ids}


def request_hashes(demande: Demande) -> dict[str, str]:
    """The hash of the line of the history that made each request for pieces, by the identifier of the request."""
    made = [fact for fact in history(demande) if fact["subject"] == "deposit.pieces.demandees"]
    asked = [((fact.get("prive") or {}).get("demande_pieces"), str(fact["hash"])) for fact in made]
    return {request: digest for request, digest in asked if request}


def check_document(reference: str, today: date) -> Verification:
    """What anybody reads of a document by its reference: valid, replaced, ended; never more than the paper (DEP-59).

    Raises Refused(DOCUMENT_AILLEURS) with the issuer and its own page for a number that another service gave.
    """
    issuer = numero.service_of(numero.parse_reference(reference))
    if issuer != ALIAS:
        page = numero.VERIFICATIONS.get(issuer, "")
        raise Refused(DOCUMENT_AILLEURS, champ="reference", details={"service": issuer, "page": page})
    demande, attestation = attestations.find(reference)
    follow = preuves.follow(demande, attestation)
    return verification(Contenu.from_dict(json.loads(attestation.contenu)), today, follow)
