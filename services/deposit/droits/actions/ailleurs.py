"""The other demandes of the same person, and the mentions that her papers bore.

A demande made for a child is the child's: neither its papers nor its mentions are the parent's, nor hers the child's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chassis import clock
from chassis.mongo import collection_of, loaded
from personne.nom import same_birth, same_name, same_prenoms
from services.deposit.dossier.actions import acces, prefectures
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.panne import Panne
from services.deposit.dossier.store.projections import BlocageConnu
from services.deposit.dossier.store.usager import Mandat, Usager

DEMANDES_MAX = 50
PANNES = "pannes"
_AILLEURS, _REGLES, _SIENS, _LEURS, _JOINTS = "ailleurs", "regles", "siens", "leurs", "joints"
# What was never filed proves nothing, and what somebody else filed is not hers.
_PAS_LES_SIENNES = (etats.BROUILLON, etats.REPUDIEE)
_LUS = (
    "anterieurs",
    "attestations",
    "beneficiaire",
    "carte",
    "decision_date",
    "demarche_code",
    "depot_date",
    "fin_titre_date",
    "origine",
    "reference",
    "remise_date",
    "state",
    "titre_code",
)


def mentions(demande: Demande, usager: Usager) -> list[str]:
    """What is written of this person, and what every earlier paper of hers bore: none is lost (DEP-53)."""
    papers = [*demande.attestations, *(paper for other in demandes(demande) for paper in other.attestations)]
    borne = [mention for paper in papers for mention in json.loads(paper.contenu).get("mentions", ())]
    return [*(() if demande.beneficiaire else usager.mentions), *borne]


def same_beneficiary(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two demandes of one account are for the same person: its holder, or the same child."""
    if not one or not other:
        return not one and not other
    born, birth = one.get("naissance_date", ""), other.get("naissance_date", "")
    return (
        same_name(one.get("nom", ""), other.get("nom", ""))
        and same_prenoms(one.get("prenoms", ""), other.get("prenoms", ""))
        and (not born or not birth or same_birth(born, birth))
    )


def read_for_act(demande_id: str) -> Demande | None:
    """A demande with what an act on it asks beside: its holder, her other demandes, the mandates in force, her
    blocages, the rules of its préfecture, the last outages. One command.
    """
    day = clock.today().isoformat()
    others: list[dict[str, Any]] = [
        {"$match": {"_id": {"$ne": demande_id}, "state": {"$nin": list(_PAS_LES_SIENNES)}}},
        {"$project": dict.fromkeys(_LUS, 1)},
        {"$limit": DEMANDES_MAX},
    ]
    mandates: list[dict[str, Any]] = [{"$match": acces.running(clock.today())}, {"$limit": acces.MANDATS_MAX}]
    most: list[dict[str, Any]] = [{"$limit": acces.BLOCAGES_MAX}]
    joints = [{"$limit": acces.JOINTS_MAX}, _with("blocages_connus", "_id", "parcours_id", _LEURS, most)]
    begun: list[dict[str, Any]] = [
        {"$match": {"depuis_date": {"$lte": day}}},
        {"$sort": {"depuis_date": -1}},
        {"$limit": 1},
        {"$project": {"outbox": 0}},
    ]
    whole: list[dict[str, Any]] = [
        {"$match": {"_id": demande_id}},
        _with("usagers", "usager_id", "_id", acces.HOLDER, []),
        _with("demandes", "usager_id", "usager_id", _AILLEURS, others),
        _with("mandats", "usager_id", "usager_id", acces.MANDATES, mandates),
        _with("blocages_connus", "usager_id", "usager_id", _SIENS, most),
        _with("blocages_connus", "parcours_id", "parcours_id", _LEURS, most),
        _with("parcours_joints", "parcours_id", "parcours_ids", _JOINTS, joints),
        _with("prefectures_connues", "prefecture", "prefecture", _REGLES, begun),
        {"$lookup": {"from": "pannes", "pipeline": Panne.RECENT, "as": PANNES}},
    ]
    row = next(iter(collection_of(Demande).aggregate(whole)), None)
    if row is None:
        return None
    read = {stage["$lookup"]["as"]: row.pop(stage["$lookup"]["as"]) for stage in whole[1:]}
    blocages = [*read[_SIENS], *read[_LEURS], *(one for joint in read[_JOINTS] for one in joint[_LEURS])]
    found = loaded(Demande, row)
    found.once(prefectures.version_name(found.prefecture), lambda: next(iter(read[_REGLES]), None))
    found.once(PANNES, lambda: [loaded(Panne, one) for one in read[PANNES]])
    found.once(acces.HOLDER, lambda: next((loaded(Usager, one) for one in read[acces.HOLDER]), None))
    found.once(_AILLEURS, lambda: [loaded(Demande, one) for one in read[_AILLEURS]])
    found.once(acces.MANDATES, lambda: [loaded(Mandat, one) for one in read[acces.MANDATES]])
    found.once(acces.BLOCAGES, lambda: [loaded(BlocageConnu, b) for b in {b["_id"]: b for b in blocages}.values()])
    return found


def _with(collection: str, ours: str, theirs: str, name: str, more: list[dict[str, Any]]) -> dict[str, Any]:
    """The stage that reads, beside each document, those of a collection where their field is ours."""
    joined = {"from": collection, "localField": ours, "foreignField": theirs, "pipeline": more, "as": name}
    return {"$lookup": joined}


def of_account(demande: Demande) -> list[Demande]:
    """The others filed in the same account, for whomever (at most 50), as far as an act on this one asks."""
    found = Demande.objects(usager_id=demande.usager_id, id__ne=demande.id, state__nin=_PAS_LES_SIENNES)
    return demande.once(_AILLEURS, lambda: list(found.only(*_LUS).limit(DEMANDES_MAX)))


def demandes(demande: Demande) -> Iterator[Demande]:
    """Those of them for the same person."""
    hers = dict(demande.beneficiaire)
    return (other for other in of_account(demande) if same_beneficiary(hers, dict(other.beneficiaire)))
