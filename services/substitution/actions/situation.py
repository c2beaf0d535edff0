"""The person of a route as deposit knows her, asked fresh: her demandes, what every channel did for her (XCT-21)."""

from __future__ import annotations

from chassis.web.who import Who
from droit.decision import Refused
from personne import lecture
from sejour.deposit.v1 import deposit_pb2
from services.substitution.cadre import cadre
from services.substitution.rules import guichet
from services.substitution.store import Voie

FIND = "sejour.deposit.v1.DepositService/FindUsagers"
# States in which a demande is not under way: another one may be filed for the same thing.
NOT_UNDER_WAY = ("BROUILLON", "ANNULEE", "REPUDIEE", "DEFAVORABLE", "REMISE", "CLOSE")


def of_voie(voie: Voie, who: Who) -> deposit_pb2.GetSituationResponse | None:
    """None when she has no account, when a check of her identity failed, or when deposit does not answer.

    deposit writes down who asked: she reads it in her account (XCT-07).
    """
    if not voie.usager_id or voie.identite == guichet.ECHEC:
        return None
    client = cadre().client
    try:
        answer: deposit_pb2.GetSituationResponse = client.call(
            "deposit",
            lecture.GET,
            deposit_pb2.GetSituationRequest(usager_id=voie.usager_id),
            deposit_pb2.GetSituationResponse,
            on_behalf=client.on_behalf_of("deposit", who.subject),
        )
    except Refused as refused:
        lecture.note_later(Voie, voie.id, voie.usager_id, who, refused)
        return None
    return answer


def has_filed(voie: Voie, libelle: str) -> bool:
    """Whether deposit has this demande of the person of a route, filed and under way. Raises Refused when it does
    not answer.
    """
    asked = deposit_pb2.FindUsagersRequest(
        nom=voie.nom or "", naissance_date=voie.naissance_date.isoformat() if voie.naissance_date else ""
    )
    client, ids = cadre().client, [voie.usager_id] if voie.usager_id else []
    if not ids and voie.nom and voie.naissance_date:
        found = client.call("deposit", FIND, asked, deposit_pb2.FindUsagersResponse)
        ids = [usager.usager_id for usager in found.usagers]
    for usager_id in ids:
        request = deposit_pb2.GetSituationRequest(usager_id=usager_id)
        known = client.call("deposit", lecture.GET, request, deposit_pb2.GetSituationResponse)
        if any(demande.libelle == libelle and demande.state not in NOT_UNDER_WAY for demande in known.demandes):
            return True
    return False
