"""The person of a route as deposit knows her, asked fresh: her demandes, what every channel did for her (XCT-21)."""

from __future__ import annotations

from chassis.web.who import Who
from droit.decision import Refused
from personne import lecture
from sejour.deposit.v1 import deposit_pb2
from services.substitution.cadre import cadre
from services.substitution.rules import guichet
from services.substitution.store import Voie


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
