"""One person on one page: what deposit knows, asked fresh; « n'a pas pu être vérifié » when it does not answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from google.protobuf.message import Message

from blocage import actions as blocages
from chassis import outbox
from chassis.web.who import Who
from droit.decision import Genre, Refused
from personne import lecture
from sejour.deposit.v1 import deposit_pb2
from services.pan.actions import acces, accueil
from services.pan.cadre import cadre
from services.pan.rules import acces as acces_rules
from services.pan.store import Blocage, RendezVous, Visite

FIND = "sejour.deposit.v1.DepositService/FindUsagers"
GET = "sejour.deposit.v1.DepositService/GetSituation"

BLOCAGES_MAX = 20

R = TypeVar("R", bound=Message)


@dataclass(frozen=True)
class Situation:
    """`verifie` is False when deposit did not answer: nothing may then be concluded from what is missing."""

    verifie: bool
    usagers: tuple[deposit_pb2.Usager, ...] = ()
    situation: deposit_pb2.GetSituationResponse | None = None
    visites: tuple[dict[str, Any], ...] = ()
    rendez_vous: tuple[RendezVous, ...] = ()
    blocages: tuple[Blocage, ...] = ()


def of_visite(visite: Visite, who: Who) -> Situation:
    """The 360° of the person of a visit. Raises Refused while the identity check does not allow it."""
    acces.access_visite(visite.id, who, acces_rules.CONSTATER)
    ours = Situation(
        verifie=True,
        visites=tuple(v for v in accueil.of_parcours(visite.parcours_id) if v["_id"] != visite.id),
        rendez_vous=tuple(RendezVous.objects(parcours_id=visite.parcours_id).order_by("-debut_time").limit(20)),
        blocages=tuple(Blocage.objects(parcours_id=visite.parcours_id).order_by("-constat_date").limit(20)),
    )
    try:
        if visite.usager_id:
            asked = deposit_pb2.GetSituationRequest(usager_id=visite.usager_id)
            found = _call("deposit", GET, asked, deposit_pb2.GetSituationResponse, who)
            return replace(ours, situation=found)
        request = deposit_pb2.FindUsagersRequest(
            numero_etranger=visite.numero_etranger,
            nom=visite.nom,
            naissance_date=visite.naissance_date.isoformat() if visite.naissance_date else "",
        )
        usagers = _call("deposit", FIND, request, deposit_pb2.FindUsagersResponse, who).usagers
        return replace(ours, usagers=tuple(usagers))
    except Refused as refused:
        if visite.usager_id:
            lecture.note_later(Visite, visite.id, visite.usager_id, who, refused)
        if refused.motif.genre in (Genre.INDISPONIBLE, Genre.TROP):
            return replace(ours, verifie=False)
        return ours


def attach(visite_id: str, usager_id: str, who: Who, *, request_id: str) -> Visite:
    """Joins a visit to the person whom deposit knows: one case identifier for all channels (XCT-21).

    Only when deposit itself says that it is the person whose paper was seen. Raises Refused(AUTRE_PERSONNE).
    """
    visite = acces.access_visite(visite_id, who, acces_rules.CONSTATER)
    request = deposit_pb2.GetSituationRequest(usager_id=usager_id)
    usager = _call("deposit", GET, request, deposit_pb2.GetSituationResponse, who).usager
    born = visite.naissance_date.isoformat() if visite.naissance_date else ""
    acces_rules.same_person((visite.nom, born), (usager.nom, usager.naissance_date)).or_refuse()
    for met in Blocage.objects(parcours_id=visite.parcours_id, usager_id="").limit(BLOCAGES_MAX):
        # Met before anybody knew her account: her dates are protected from then on (DEP-25).
        blocages.attach(Blocage, met.id, (usager_id, ""), by=who.subject, request_id=f"{request_id}:{met.id}")
    return _join(visite_id, usager_id, usager.parcours_id, request_id=request_id)


@outbox.retry_conflicts
def _join(visite_id: str, usager_id: str, parcours_id: str, *, request_id: str) -> Visite:
    visite: Visite = Visite.objects(id=visite_id).first()
    if outbox.already(visite, request_id):
        return visite
    visite.usager_id = usager_id
    visite.parcours_id = parcours_id or visite.parcours_id
    visite.contact_id = usager_id
    return outbox.update(visite, request_id=request_id)


def _call(target: str, method: str, request: Message, response: type[R], who: Who) -> R:
    client = cadre().client
    answer: R = client.call(target, method, request, response, on_behalf=client.on_behalf_of(target, who.subject))
    return answer
